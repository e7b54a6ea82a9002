"""Give a job more memory after it ran out, and no second try after a bug."""

import os

from bonecohort.study.submissions import NOT_AGAIN, failed_on_its_own, memory_factor

OWN_JOB = os.environ.get("SLURM_JOB_ID", "")


def memory(base_mb):
    """Return the memory of a job: twice as much each time SLURM killed it for lack of memory.

    Snakemake tries again whatever failed. It asks for the memory once more inside of the new
    submission, before any work is done: there, one that failed by its own error stops.
    """

    def mem_mb(wildcards, attempt):
        name = wildcards.participant
        inside = not RUN.is_main_process
        if inside and attempt > 1 and failed_on_its_own(name, OWN_JOB):
            raise WorkflowError(f"{name}: {NOT_AGAIN}")
        return base_mb * memory_factor(name, attempt, OWN_JOB)

    return mem_mb
