rule measure_stiffness:
    """Stiffness of one specimen."""
    input:
        made_of("measure_stiffness"),
    output:
        f"{PARTICIPANT}/stiffness/{{site}}.json",
    log:
        f"{LOGS}/stiffness_{{site}}.log",
    conda:
        "../../envs/images.yaml"
    params:
        task=task("measure_stiffness"),
    shell:
        "bonecohort-job stiffness.measure {params.task:q} results > {log} 2>&1"


rule show_stiffness:
    """Picture of the load curves."""
    input:
        made_of("show_stiffness"),
    output:
        f"{PARTICIPANT}/qc/stiffness.png",
    log:
        f"{LOGS}/stiffness_picture.log",
    conda:
        "../../envs/images.yaml"
    params:
        task=task("show_stiffness"),
    shell:
        "bonecohort-job stiffness.show {params.task:q} results > {log} 2>&1"
