rule measure_endplates:
    """Measure the endplate defects of one vertebra from a reader's marks."""
    input:
        made_of("measure_endplates"),
    output:
        f"{PARTICIPANT}/endplates/{{site}}.json",
    log:
        f"{LOGS}/endplates_{{site}}.log",
    conda:
        "../../envs/images.yaml"
    resources:
        mem_mb=memory(800),
        runtime=5,
    params:
        task=task("measure_endplates"),
    shell:
        "bonecohort-job endplates.measure {params.task:q} results > {log} 2>&1"


rule show_endplates:
    """Draw the marks on the mid-sagittal T2."""
    input:
        made_of("show_endplates"),
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
        task=task("show_endplates"),
    shell:
        "bonecohort-job endplates.show {params.task:q} results > {log} 2>&1"
