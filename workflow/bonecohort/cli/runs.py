"""Commands for a study that is there: check, plan, run, status, clean."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from bonecohort.cli.next_command import say_after_fault, say_next, shown
from bonecohort.cli.words import split_cores
from bonecohort.faults import StudyFault

if TYPE_CHECKING:
    import argparse


def check(options: argparse.Namespace) -> int:
    """Check a study's config, tables, paths and readings; propose what tables need declared."""
    from bonecohort.cohort.checked import checked_words
    from bonecohort.study.proposed_config import proposal_words
    from bonecohort.study.study import load_study

    try:
        study = load_study(options.study)
    except StudyFault as fault:
        print(fault, file=sys.stderr, flush=True)
        _print_lines(proposal_words(options.study, is_written=options.fix))
        say_after_fault(options.study)
        return 1
    print(checked_words(study, options.study, shown(options.study)))
    if options.fix:
        _print_lines(proposal_words(options.study, is_written=True))
    say_next("run", options.study)
    return 0


def _print_lines(lines: list[str]) -> None:
    for line in lines:
        print(line)


def run(options: argparse.Namespace) -> int:
    """Run a study: hand over to Snakemake, whose signals and exit code are then the command's."""
    from bonecohort.monitoring.profiles import names_profile
    from bonecohort.monitoring.run_command import part_options, run_command, run_parts
    from bonecohort.study.study import load_study

    cores, more = split_cores(options.more)
    if not cores and not names_profile(more):
        cores = ["--cores", "all"]  # before what is given: the last one counts
    parts = part_options(load_study(options.study), more)
    stopped = run_parts(options.study, parts, cores)
    if stopped:
        raise SystemExit(stopped)
    command = run_command(options.study, [*cores, *more])
    print(f"Running: {shlex.join(command)}", file=sys.stderr, flush=True)
    os.execv(command[0], command)  # noqa: S606 - so that signals and the exit code are Snakemake's


def plan(options: argparse.Namespace) -> int:
    """Print what the next run would do, and why."""
    from bonecohort.monitoring.plan import plan_words
    from bonecohort.monitoring.run_command import plan as planned
    from bonecohort.study.study import load_study

    study = load_study(options.study)
    try:
        jobs = planned(study, options.study, options.more)
    except subprocess.CalledProcessError as refused:
        return refused.returncode
    if not jobs:
        print("Nothing to do: every result is up to date.")
        return 0
    print(plan_words(jobs, len(study.included)))
    say_next("run", options.study)
    return 0


def status(options: argparse.Namespace) -> int:
    """Print what is done, failed and left of a study."""
    from bonecohort.monitoring.status import study_status
    from bonecohort.monitoring.status_words import status_json, status_words
    from bonecohort.study.study import load_study

    result = study_status(load_study(options.study), options.study)
    print(status_json(result) if options.json else status_words(result, options.study))
    return 0


def clean(options: argparse.Namespace) -> int:
    """Remove, or list, what results keep of participants who are no longer included."""
    from bonecohort.monitoring.clean import clean as remove
    from bonecohort.monitoring.run_lock import RunLocked
    from bonecohort.study.study import load_study

    try:
        remove(load_study(options.study), options.study, really=options.yes, print_line=print)
    except RunLocked as taken:
        print(taken, file=sys.stderr)
        return 1
    return 0
