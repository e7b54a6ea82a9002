rule crop_vertebrae:
    """Cut the CT and the label map into one small crop a vertebra."""
    input:
        crop_input,
    output:
        temp(
            expand(
                f"{PARTICIPANT}/crops/{{level}}.npz", level=LEVELS, allow_missing=True
            )
        ),
    log:
        f"{LOGS}/crop.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        task=lambda wildcards: tasks.crop_task(STUDY, wildcards.participant),
    shell:
        "bonecohort-job crop {params.task:q} results > {log} 2>&1"


rule measure_hounsfield:
    """Mean HU of three regions of one vertebra."""
    input:
        hounsfield_input,
    output:
        f"{PARTICIPANT}/hounsfield/{{level}}.json",
    log:
        f"{LOGS}/hounsfield_{{level}}.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(800),
        runtime=5,
    params:
        task=lambda wildcards: tasks.hounsfield_task(
            STUDY, wildcards.participant, wildcards.level
        ),
    shell:
        "bonecohort-job hounsfield {params.task:q} results > {log} 2>&1"


rule show_hounsfield:
    """Picture of the regions measured, and the regions as Slicer markups to correct."""
    input:
        lambda wildcards: converted(wildcards.participant, "ct"),
        lambda wildcards: levels_of("hounsfield", wildcards.participant),
    output:
        rois=f"{PARTICIPANT}/hu_rois.mrk.json",
        picture=f"{PARTICIPANT}/qc/hounsfield.png",
    log:
        f"{LOGS}/hounsfield_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=lambda wildcards: tasks.hounsfield_picture_task(
            STUDY, wildcards.participant
        ),
    shell:
        "bonecohort-job hounsfield_picture {params.task:q} results > {log} 2>&1"
