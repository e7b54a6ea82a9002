"""The report of the others: the run that follows one in which jobs of some participants failed.

Snakemake makes nothing of what failed, so one participant's failed job would leave everybody
without tables and report. The run that failed ends as Snakemake ends it, with its exit code. The
run after it takes what is there of these participants and is still true. The next run tries their
jobs again, as their results are missing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.monitoring.job_lock import FOLDER
from bonecohort.monitoring.stages import some
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Collection

    from bonecohort.monitoring.snakemake_surface import SnakemakeRun

WITHOUT = "BONECOHORT_WITHOUT"
"""Environment variable: the file that names the participants of whom jobs failed."""
NOTE = FOLDER / "failed.json"


def failed_before() -> frozenset[str]:
    """Return the participants of whom jobs failed in the run that this one follows."""
    note = os.environ.get(WITHOUT)
    return frozenset(json.loads(Path(note).read_text(encoding="utf-8"))) if note else frozenset()


def failed_participants(run: SnakemakeRun) -> frozenset[str]:
    """Return of whom jobs failed, where only they are in the way of the cohort's jobs."""
    if failed_before() or not run.keeps_going:
        return frozenset()
    left = {job.participant_id for job in run.jobs_left()}
    return frozenset(left - {""}) if "" in left else frozenset()


def run_without(names: Collection[str], study: Path) -> None:
    """Run the command of this process once more, of the other participants.

    Its exit code does not count: that of the run that failed does.
    """
    note = study / NOTE
    with whole_file(note) as unfinished:
        unfinished.write_text(json.dumps(sorted(names)), encoding="utf-8")
    sys.stderr.write(
        f"bonecohort: jobs of {some(sorted(names))} failed; now the tables and the report are made "
        "of what is there of them, and of the others.\n"
    )
    command = [sys.executable, "-P", "-m", "snakemake", *sys.argv[1:]]
    with suppress(KeyboardInterrupt):  # the other process ends by it, too
        subprocess.call(command, env=os.environ | {WITHOUT: str(note)})  # noqa: S603 - as given
