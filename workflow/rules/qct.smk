rule calibrate_qct:
    """Calibrate one participant's CT, from HU to bone mineral density."""
    input:
        made_of("calibrate_qct"),
    output:
        f"{PARTICIPANT}/qct/calibration.json",
    log:
        f"{LOGS}/qct.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=task("calibrate_qct"),
    shell:
        "bonecohort-job qct.calibrate {params.task:q} results > {log} 2>&1"


rule show_qct:
    """Draw the rods or tissue samples on the CT, and the calibration line."""
    input:
        made_of("show_qct"),
    output:
        f"{PARTICIPANT}/qc/qct.png",
    log:
        f"{LOGS}/qct_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=task("show_qct"),
    shell:
        "bonecohort-job qct.show {params.task:q} results > {log} 2>&1"
