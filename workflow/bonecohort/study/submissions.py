"""What SLURM's logs say of a participant's earlier submissions: why they failed.

The SLURM plugin keeps the log of a submission that failed. In it SLURM itself says when it killed
a job for want of memory, whether it found out by cgroups or by accounting, and whatever state it
then reports; and Snakemake says when a job failed on its own. A lost machine says nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

LOGS = Path(".snakemake/slurm_logs")
"""Where the plugin keeps the logs, below the study folder."""

OUT_OF_MEMORY = re.compile(
    r"^(?:slurmstepd|srun)\S*: error: .*(?:exceeded (?:job )?memory limit|oom[-_ ]kill)",
    re.IGNORECASE | re.MULTILINE,
)
NOT_AGAIN = "the last submission failed by its own error and is not tried again"
FAILED_JOB = re.compile(rf"^Error in rule \w+|{NOT_AGAIN}", re.MULTILINE)


def group_of(participant_id: str) -> str:
    """Return the group of a participant's jobs; the dots end names that begin alike."""
    return f"participant.{participant_id}."


def memory_factor(participant_id: str, attempt: int, own_job: str, logs: Path = LOGS) -> int:
    """Return by how much to multiply a job's memory: twice for each time it ran out of it.

    Parameters
    ----------
    participant_id
        Whose submission it is.
    attempt
        1 for the first submission of this run, 2 for the first retry, and so on.
    own_job
        SLURM's number of the submission that asks; empty outside of one.
    logs
        Folder of the plugin's logs.
    """
    if attempt == 1:
        return 1  # most jobs: no folder is read for them
    earlier = _earlier_logs(participant_id, own_job, logs)[: attempt - 1]
    return int(2 ** sum(bool(OUT_OF_MEMORY.search(text)) for text in earlier))


def failed_on_its_own(participant_id: str, own_job: str, logs: Path = LOGS) -> bool:
    """Return whether the last submission failed by its own error, as another try would."""
    earlier = _earlier_logs(participant_id, own_job, logs)
    if not earlier or OUT_OF_MEMORY.search(earlier[0]):
        return False
    return bool(FAILED_JOB.search(earlier[0]))


def _earlier_logs(participant_id: str, own_job: str, logs: Path) -> list[str]:
    """Return the texts of a participant's logs, the last submission's first."""
    paths = [
        path
        for path in logs.glob(f"group_{group_of(participant_id)}_*/**/*.log")
        if path.stem != own_job and path.stem.isdigit()
    ]
    return [
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(paths, key=lambda path: int(path.stem), reverse=True)
    ]
