rule measure_dwi:
    """Measure the diffusion of one participant's vertebral bodies."""
    input:
        made_of("measure_dwi"),
    output:
        expand(
            f"{PARTICIPANT}/dwi/{{site}}.json",
            site=LEVELS,
            allow_missing=True,
        ),
    log:
        f"{LOGS}/dwi.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=10,
    params:
        task=task("measure_dwi"),
    shell:
        "bonecohort-job dwi.measure {params.task:q} results > {log} 2>&1"


rule show_dwi:
    """Draw the ADC map with the measured voxels."""
    input:
        made_of("show_dwi"),
    output:
        f"{PARTICIPANT}/qc/dwi.png",
    log:
        f"{LOGS}/dwi_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=5,
    params:
        task=task("show_dwi"),
    shell:
        "bonecohort-job dwi.show {params.task:q} results > {log} 2>&1"
