rule measure_ufe:
    """Stiffness and failure load of one segmented bone or specimen."""
    input:
        made_of("measure_ufe"),
    output:
        f"{PARTICIPANT}/ufe/{{site}}.json",
    log:
        f"{LOGS}/ufe_{{site}}.log",
    conda:
        "../../envs/finite_elements.yaml"
    threads: 2
    resources:
        mem_mb=memory(STUDY.settings.value("fe", "memory_mb")),
        runtime=240,
    params:
        task=task("measure_ufe"),
    shell:
        "bonecohort-job fe.ufe {params.task:q} results > {log} 2>&1"


rule measure_vertebra_strength:
    """Stiffness and failure load of one vertebra on a calibrated CT."""
    input:
        made_of("measure_vertebra_strength"),
    output:
        f"{PARTICIPANT}/fe/{{site}}.json",
    log:
        f"{LOGS}/fe_{{site}}.log",
    conda:
        "../../envs/finite_elements.yaml"
    resources:
        mem_mb=memory(3000),
        runtime=20,
    params:
        task=task("measure_vertebra_strength"),
    shell:
        "bonecohort-job fe.vertebra {params.task:q} results > {log} 2>&1"


rule show_fe:
    """Draw the effective strain on three cuts of each model."""
    input:
        made_of("show_fe"),
    output:
        f"{PARTICIPANT}/qc/fe.png",
    log:
        f"{LOGS}/fe_picture.log",
    conda:
        "../../envs/report.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        task=task("show_fe"),
    shell:
        "bonecohort-job fe.show {params.task:q} results > {log} 2>&1"
