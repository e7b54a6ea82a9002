"""Where the code of a job lies, known without the techniques' declarations."""

from __future__ import annotations


def module_of(job: str) -> str:
    """Return the module of a job by the name that it is called by."""
    technique, _, own = job.rpartition(".")
    return (
        f"bonecohort.techniques.{technique}.jobs.{own}" if technique else f"bonecohort.jobs.{own}"
    )
