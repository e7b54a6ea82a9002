ANALYSES = expand(
    "results/statistics/analyses/{analysis}.csv",
    analysis=analysis_stems(STUDY.settings.analyses),
)
ANALYSIS_FIGURES = expand(
    "results/figures/analyses/{analysis}.{format}",
    analysis=drawn_stems(STUDY.settings.analyses),
    format=["png", "svg", "pdf"],
)


rule do_analyses:
    """Compute the analyses that the study lists, one table or more each."""
    input:
        TABLES,
    output:
        ANALYSES,
    log:
        "results/logs/analyses.log",
    conda:
        "../../envs/statistics.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(STUDY, "analyses", config),
    shell:
        "bonecohort-job analyses {params.task:q} results > {log} 2>&1"


rule draw_analyses:
    """Draw the figures of the listed analyses as PNG, SVG and PDF."""
    input:
        TABLES,
        ANALYSES,
    output:
        ANALYSIS_FIGURES,
    log:
        "results/logs/analysis_figures.log",
    conda:
        "../../envs/report.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(
            STUDY, "analysis_figures", config
        ),
    shell:
        "bonecohort-job analysis_figures {params.task:q} results > {log} 2>&1"
