rule measure_endplates:
    """Defect sizes of one vertebra from a reader's marks."""
    input:
        lambda wildcards: converted(wildcards.participant, "t2_sagittal"),
    output:
        f"{PARTICIPANT}/endplates/{{level}}.json",
    log:
        f"{LOGS}/endplates_{{level}}.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(800),
        runtime=5,
    params:
        task=lambda wildcards: tasks.endplates_task(
            STUDY, wildcards.participant, wildcards.level
        ),
    shell:
        "bonecohort-job endplates {params.task:q} results > {log} 2>&1"


rule show_endplates:
    """Picture of the marks on the mid-sagittal T2."""
    input:
        lambda wildcards: converted(wildcards.participant, "t2_sagittal"),
    output:
        f"{PARTICIPANT}/qc/endplates.png",
    log:
        f"{LOGS}/endplates_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=lambda wildcards: tasks.endplates_picture_task(
            STUDY, wildcards.participant
        ),
    shell:
        "bonecohort-job endplates_picture {params.task:q} results > {log} 2>&1"
