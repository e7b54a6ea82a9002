rule segment_vertebrae:
    """Label map of a CT's vertebrae, where nobody drew one; it stands beside its record."""
    input:
        lambda wildcards: converted(wildcards.participant, "ct"),
    output:
        f"{PARTICIPANT}/vertebrae.json",
    log:
        f"{LOGS}/segment.log",
    conda:
        "../../envs/totalsegmentator.yaml"
    threads: 4
    resources:
        mem_mb=memory(16000),
        runtime=120,
        gpu=int(STUDY.settings.vertebrae.segment_device == "gpu"),
    params:
        task=lambda wildcards: tasks.segment_task(STUDY, wildcards.participant),
    shell:
        "bonecohort-job segment {params.task:q} results > {log} 2>&1"
