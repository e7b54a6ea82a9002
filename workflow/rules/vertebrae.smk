rule segment_vertebrae:
    """Label the vertebrae of a CT that has no label map, with a record beside it."""
    input:
        made_of("segment_vertebrae"),
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
        gpu=int(technique_module("vertebrae", "settings").on_gpu(STUDY.settings)),
    params:
        task=task("segment_vertebrae"),
    shell:
        "bonecohort-job vertebrae.segment {params.task:q} results > {log} 2>&1"
