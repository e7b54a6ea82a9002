TABLES = expand(
    "results/tables/{table}.csv",
    table=[
        "measurements",
        "vertebrae",
        "endplates",
        "participants",
        "exclusions",
        "flags",
    ],
)


rule assemble_cohort:
    """Every participant's measurements and readings, joined into the cohort's tables."""
    input:
        cohort_records,
    output:
        TABLES,
        [table.replace(".csv", ".json") for table in TABLES],
        "results/run.json",
    log:
        "results/logs/cohort.log",
    conda:
        "../../envs/statistics.yaml"
    params:
        task=lambda wildcards: tasks.cohort_task(STUDY, config),
    shell:
        "bonecohort-job cohort {params.task:q} results > {log} 2>&1"
