rule measure_vbq:
    """Measure the bone quality scores of one participant's vertebrae."""
    input:
        made_of("measure_vbq"),
    output:
        expand(
            f"{PARTICIPANT}/vbq/{{site}}.json",
            site=LEVELS,
            allow_missing=True,
        ),
    log:
        f"{LOGS}/vbq.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        task=task("measure_vbq"),
    shell:
        "bonecohort-job vbq.measure {params.task:q} results > {log} 2>&1"


rule show_vbq:
    """Draw the T1-weighted image with the measured regions."""
    input:
        made_of("show_vbq"),
    output:
        f"{PARTICIPANT}/qc/vbq.png",
    log:
        f"{LOGS}/vbq_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=task("show_vbq"),
    shell:
        "bonecohort-job vbq.show {params.task:q} results > {log} 2>&1"
