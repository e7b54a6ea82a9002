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
    ],
)


rule analyse_cohort:
    """Tables 1 to 3, prevalence, regressions and agreement of readers."""
    input:
        TABLES,
    output:
        STATISTICS,
    log:
        "results/logs/statistics.log",
    conda:
        "../../envs/statistics.yaml"
    params:
        task=lambda wildcards: tasks.aggregate_task(STUDY, "statistics", config),
    shell:
        "python -m bonecohort job statistics {params.task:q} results > {log} 2>&1"
