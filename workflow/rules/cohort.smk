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


def cohort_records():
    records = [
        path
        for name in STUDY.included
        for kind in ("ct", "t2_sagittal")
        for path in converted(name, kind)
    ]
    records += [
        path for name in measured_on_ct() for path in levels_of("hounsfield", name)
    ]
    records += [
        path for name in measured_on_t2() for path in levels_of("endplates", name)
    ]
    return records


rule assemble_cohort:
    """Every participant's measurements and readings, joined into the cohort's tables."""
    input:
        cohort_records(),
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
        "{JOB} cohort {params.task:q} results > {log} 2>&1"
