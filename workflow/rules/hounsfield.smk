rule crop_vertebrae:
    """Cut the CT and the label map into one small crop a vertebra."""
    input:
        made_of("crop_vertebrae"),
    output:
        temp(
            expand(
                f"{PARTICIPANT}/crops/{{site}}.npz", site=LEVELS, allow_missing=True
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
        task=task("crop_vertebrae"),
    shell:
        "bonecohort-job hounsfield.crop {params.task:q} results > {log} 2>&1"


rule measure_hounsfield:
    """Measure the mean HU of three regions of one vertebra."""
    input:
        made_of("measure_hounsfield"),
    output:
        f"{PARTICIPANT}/hounsfield/{{site}}.json",
    log:
        f"{LOGS}/hounsfield_{{site}}.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(800),
        runtime=5,
    params:
        task=task("measure_hounsfield"),
    shell:
        "bonecohort-job hounsfield.measure {params.task:q} results > {log} 2>&1"


rule show_hounsfield:
    """Draw the measured regions, and write them as Slicer markups to correct."""
    input:
        made_of("show_hounsfield"),
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
        task=task("show_hounsfield"),
    shell:
        "bonecohort-job hounsfield.show {params.task:q} results > {log} 2>&1"
