TABLES = expand(
    "results/tables/{table}.csv",
    table=[
        "measurements",
        "vertebrae",
        "endplates",
        "sites",
        "participants",
        "exclusions",
        "flags",
    ],
)


# Snakemake keeps the inputs of a rule with each of its outputs: the many stand here, with one.
rule list_records:
    """List the records of every image and vertebra, each with its digest."""
    input:
        cohort_records,
    output:
        "results/records.tsv",
    log:
        "results/logs/records.log",
    conda:
        "../../envs/statistics.yaml"
    params:
        task=lambda wildcards: job_specs.record_list_task(STUDY, config),
    shell:
        "bonecohort-job record_list {params.task:q} results > {log} 2>&1"


rule assemble_cohort:
    """Join the measurements and readings of all participants into the cohort's tables."""
    input:
        "results/records.tsv",
    output:
        TABLES,
        [table.replace(".csv", ".json") for table in TABLES],
        "results/run.json",
    log:
        "results/logs/cohort.log",
    conda:
        "../../envs/statistics.yaml"
    params:
        task=lambda wildcards: job_specs.cohort_task(STUDY, config),
    shell:
        "bonecohort-job cohort {params.task:q} results > {log} 2>&1"
