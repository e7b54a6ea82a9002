rule measure_t2:
    """Measure T2 of one participant's vertebral bodies."""
    input:
        made_of("measure_t2"),
    output:
        expand(
            f"{PARTICIPANT}/t2/{{site}}.json",
            site=LEVELS,
            allow_missing=True,
        ),
    log:
        f"{LOGS}/t2.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        task=task("measure_t2"),
    shell:
        "bonecohort-job t2.measure {params.task:q} results > {log} 2>&1"


rule show_t2:
    """Draw the image with the measured voxels."""
    input:
        made_of("show_t2"),
    output:
        f"{PARTICIPANT}/qc/t2.png",
    log:
        f"{LOGS}/t2_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=task("show_t2"),
    shell:
        "bonecohort-job t2.show {params.task:q} results > {log} 2>&1"


rule measure_t2star:
    """Measure T2* of one participant's vertebral bodies."""
    input:
        made_of("measure_t2star"),
    output:
        expand(
            f"{PARTICIPANT}/t2star/{{site}}.json",
            site=LEVELS,
            allow_missing=True,
        ),
    log:
        f"{LOGS}/t2star.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        task=task("measure_t2star"),
    shell:
        "bonecohort-job t2.measure_t2star {params.task:q} results > {log} 2>&1"


rule show_t2star:
    """Draw the image with the measured voxels."""
    input:
        made_of("show_t2star"),
    output:
        f"{PARTICIPANT}/qc/t2star.png",
    log:
        f"{LOGS}/t2star_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=task("show_t2star"),
    shell:
        "bonecohort-job t2.show_t2star {params.task:q} results > {log} 2>&1"
