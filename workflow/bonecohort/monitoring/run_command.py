"""How the workflow is started on a study."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.monitoring.plan import jobs_of, with_what_follows
from bonecohort.monitoring.profiles import with_profile
from bonecohort.monitoring.run_events import PLAN_OF_COHORT, PLAN_VARIABLE
from bonecohort.monitoring.snakemake_surface import DEPLOYED_MODULES
from bonecohort.study.installation import workflow_home
from bonecohort.study.job_table import participant_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.monitoring.plan import PlannedJob
    from bonecohort.study.study import Study

AT_ONCE = 2500
"""So many participants with images are planned and run at once."""
FAILED = 1
"""Exit code of a run of which some jobs failed."""


def run_command(study: Path, options: Sequence[str]) -> list[str]:
    """Return the plain Snakemake command that runs a study with this program's workflow.

    Raises
    ------
    StudyFault
        Where the options ask for a program that is not installed, or the study folder holds
        modules that Snakemake would execute.
    """
    _refuse_modules(study / DEPLOYED_MODULES)
    return [
        sys.executable, "-P", "-m", "snakemake", "--snakefile", str(workflow_home() / "Snakefile"),
        "--directory", str(study), *with_profile(options),
    ]  # fmt: skip


def _refuse_modules(folder: Path) -> None:
    """Refuse modules in a study's folder that Snakemake imports from before it reads a Snakefile.

    It puts the folder on Python's path, for deployments that this workflow has no use for.
    """
    if folder.is_dir() and any(folder.iterdir()):
        message = (
            f"{folder} holds files. Snakemake would execute Python modules in this folder, and "
            "bonecohort needs none there. Look where they come from, then remove the folder."
        )
        raise StudyFault([message])


def part_options(study: Study, options: Sequence[str]) -> list[list[str]]:
    """Return the options of a run of each part of a study; none where it is done at once.

    Snakemake keeps all jobs of a run in memory, 0.26 MB for each participant with images. With
    further ``options``, which may ask for anything, all is done at once.
    """
    if options:
        return []
    count = sum(1 for name in study.included if participant_jobs(study, name))
    parts = -(-count // AT_ONCE)
    if parts < 2:
        return []
    return [["participants", "--config", f"part={at + 1}/{parts}"] for at in range(parts)]


def plan(study: Study, folder: Path, options: Sequence[str]) -> list[PlannedJob]:
    """Ask Snakemake for the jobs of the next run, with further options of Snakemake's.

    Raises
    ------
    CalledProcessError
        When it refuses; it has said why.
    """
    parts = part_options(study, options)
    jobs = [job for part in parts for job in _dry_run(folder, part, "participants")]
    cohort = _dry_run(folder, options, PLAN_OF_COHORT if parts else "everything")
    return with_what_follows(jobs, cohort, study) if parts else cohort


def _dry_run(folder: Path, options: Sequence[str], wanted: str) -> list[PlannedJob]:
    """Have a dry run print its jobs; quiet about exactly these two, it ends when they are known."""
    dry = ["--dry-run", "--cores", "1", "--quiet", "rules", "progress"]
    done = subprocess.run(  # noqa: S603 - Snakemake with the options given
        run_command(folder, [*options, *dry]), env=os.environ | {PLAN_VARIABLE: wanted},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return jobs_of(done.stdout)


def run_parts(folder: Path, parts: Sequence[Sequence[str]], options: Sequence[str]) -> int:
    """Run the parts of a study one after the other. Return 0, or the code of one that was stopped.

    Jobs that fail in a part do not keep the next one from running: the run of the whole study that
    comes after tries them again, and says so.
    """
    interruptions: list[int] = []  # Snakemake is interrupted too, and ends in its own time
    before = signal.signal(signal.SIGINT, lambda number, _: interruptions.append(number))
    try:
        for part in parts:
            sys.stderr.write(f"bonecohort: {part[-1].replace('=', ' ')} of the participants\n")
            code = subprocess.call(run_command(folder, [*options, *part]))  # noqa: S603 - as above
            if code not in (0, FAILED) or interruptions:
                return code or FAILED
    finally:
        signal.signal(signal.SIGINT, before)
    return 0
