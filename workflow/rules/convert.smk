rule convert_series:
    """Convert a DICOM series to NIfTI, with a de-identified sidecar beside it."""
    output:
        record=f"{PARTICIPANT}/{{kind}}.json",
    log:
        f"{LOGS}/convert_{{kind}}.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        task=lambda wildcards: job_specs.convert_task(
            STUDY, wildcards.participant, wildcards.kind
        ),
    shell:
        "bonecohort-job convert {params.task:q} results > {log} 2>&1"
