STATISTICS = expand(
    "results/statistics/{table}.csv",
    table=[
        "comparisons",
        "counts",
        "normality",
        "models",
        "correlations",
        "prevalence",
        "agreement",
        "effects",
        "clustered",
        "clustered_prevalence",
        "recommended_models",
        "multiplicity",
        "model_performance",
        "model_curves",
        "calibration",
        "variance_inflation",
        "linearity",
        "spline_curves",
        "roc",
        "roc_curves",
        "thresholds",
        "missing",
        "imputation",
        "sample_size",
    ],
)


rule analyse_cohort:
    """Compute the statistics as published and as recommended, and the agreement of readers."""
    input:
        TABLES,
    output:
        STATISTICS,
    log:
        "results/logs/statistics.log",
    conda:
        "../../envs/statistics.yaml"
    params:
        task=lambda wildcards: job_specs.aggregate_task(STUDY, "statistics", config),
    shell:
        "bonecohort-job statistics {params.task:q} results > {log} 2>&1"
