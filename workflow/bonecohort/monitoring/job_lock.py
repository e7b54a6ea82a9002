"""Locks that the system keeps on files of a study, and lets go of however a process ends."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(".snakemake/bonecohort")
"""Where bonecohort keeps what is of one run, below the study folder."""
JOBS_LOCK = FOLDER / "jobs.lock"
EXCLUSIVE, SHARED = fcntl.LOCK_EX, fcntl.LOCK_SH
AT_ONCE = fcntl.LOCK_NB
"""Added to a lock that is not waited for."""


@contextmanager
def job_at_work() -> Iterator[None]:
    """Let a later run see that a job is still at work when its own run is gone."""
    if not FOLDER.is_dir():
        yield
        return
    with JOBS_LOCK.open("a+", encoding="utf-8") as lock:
        locked(lock, SHARED)
        yield


def locked(file: TextIO, how: int) -> bool:
    """Lock a file; return False where another process has it.

    Where a file system knows no locks, there is Snakemake's own lock only.
    """
    try:
        fcntl.lockf(file, how)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
