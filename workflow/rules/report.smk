REPORTS = multiext("results/report", ".html", ".docx", ".xlsx", ".tex")
REVIEW = "results/review.html"
FIGURES = expand(
    "results/figures/{figure}.{format}",
    figure=["figure3_prevalence", "figure4_regression", "hu_by_level"],
    format=["png", "svg", "pdf"],
)
MODEL_FIGURES = expand(
    "results/figures/{figure}.{format}",
    figure=["hu_by_group", "forest", "roc", "calibration", "splines", "thresholds"],
    format=["png", "svg", "pdf"],
)


rule draw_figures:
    """Draw the study's figures as PNG, SVG and PDF, with the data of each beside it."""
    input:
        TABLES,
        STATISTICS,
        pictures_in("draw_figures"),
    output:
        FIGURES,
    log:
        "results/logs/figures.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(STUDY, "figures", config),
    shell:
        "bonecohort-job figures {params.task:q} results > {log} 2>&1"


rule draw_model_figures:
    """Draw the figures of the recommended analysis: groups, models, and the HU threshold."""
    input:
        TABLES,
        STATISTICS,
    output:
        MODEL_FIGURES,
    log:
        "results/logs/model_figures.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(STUDY, "model_figures", config),
    shell:
        "bonecohort-job model_figures {params.task:q} results > {log} 2>&1"


rule build_review:
    """The page on which readers look at each measurement and write down their verdicts."""
    input:
        TABLES,
        pictures_in("build_review"),
        "results/run.json",
    output:
        REVIEW,
    log:
        "results/logs/review.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(STUDY, "review", config),
    shell:
        "bonecohort-job review {params.task:q} results > {log} 2>&1"


rule build_report:
    """Build the report as one page, the draft of the paper, and the tables for other programs."""
    input:
        TABLES,
        (STATISTICS, FIGURES, MODEL_FIGURES)
        if has_preset(STUDY.settings.analyses)
        else [],
        ANALYSES,
        ANALYSIS_FIGURES,
        pictures_in("build_report"),
        "results/run.json",
    output:
        report(
            "results/report.html",
            caption="../report/study.rst",
            category="Study report",
        ),
        multiext("results/report", ".docx", ".xlsx", ".tex"),
        "results/references.bib",
        directory("results/report_tables"),
        directory("results/report_figures"),
    log:
        "results/logs/report.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(STUDY, "report", config),
    shell:
        "bonecohort-job report {params.task:q} results > {log} 2>&1"
