rule fit_echoes:
    """Fit water, fat and R2* to one participant's echoes, with a record beside the maps."""
    input:
        made_of("fit_echoes"),
    output:
        f"{PARTICIPANT}/fat_fraction/echoes.json",
    log:
        f"{LOGS}/fit_echoes.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(6000),
        runtime=30,
    params:
        task=task("fit_echoes"),
    shell:
        "bonecohort-job fat_fraction.fit {params.task:q} results > {log} 2>&1"


rule measure_fat_fraction:
    """Measure fat fraction and R2* of one participant's vertebral bodies."""
    input:
        made_of("measure_fat_fraction"),
    output:
        expand(
            f"{PARTICIPANT}/fat_fraction/{{site}}.json",
            site=LEVELS,
            allow_missing=True,
        ),
    log:
        f"{LOGS}/fat_fraction.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        task=task("measure_fat_fraction"),
    shell:
        "bonecohort-job fat_fraction.measure {params.task:q} results > {log} 2>&1"


rule show_fat_fraction:
    """Draw the fat fraction map with the measured voxels."""
    input:
        made_of("show_fat_fraction"),
    output:
        f"{PARTICIPANT}/qc/fat_fraction.png",
    log:
        f"{LOGS}/fat_fraction_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=5,
    params:
        task=task("show_fat_fraction"),
    shell:
        "bonecohort-job fat_fraction.show {params.task:q} results > {log} 2>&1"
