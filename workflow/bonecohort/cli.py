"""The command line: the door the workflow's rules and people come in by."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shlex
import subprocess
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bonecohort import __version__
from bonecohort.faults import ChangedInput, StudyFault
from bonecohort.logs import values_kept_out
from bonecohort.study.progress import progress_line
from bonecohort.techniques.registry import is_temporary, job_names, module_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BEFORE = ("convert",)
AFTER = (
    "record_list",
    "cohort",
    "statistics",
    "figures",
    "model_figures",
    "analyses",
    "analysis_figures",
    "report",
)
"""Jobs of no technique, before and after those of the techniques."""
TAKING_MORE = ("run", "plan")
"""Commands that hand options they do not know on to Snakemake."""
DEMO_PARTICIPANTS = 24
DEMO_SEED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit code: 0, or 1 for a fault of the study's own files."""
    parser = _parser()
    options, more = parser.parse_known_args(arguments)
    if more and options.command not in TAKING_MORE:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    options.more = more
    commands = {
        "fetch": _fetch_studies,
        "init": _propose_study,
        "check": _check,
        "run": _run,
        "plan": _plan,
        "status": _status,
        "clean": _clean,
        "where": _print_where,
        "settings": _print_settings,
        "demo": _write_demo,
        "job": _run_job,
    }
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return commands[options.command](options)
    except (StudyFault, ChangedInput) as fault:
        print(fault, file=sys.stderr)
        return 1


def jobs() -> tuple[str, ...]:
    """Return the names that the workflow's rules call their jobs by, in the order of the work."""
    return (*BEFORE, *job_names(), *AFTER)


def _show_warning(  # noqa: PLR0917 - the signature of warnings.showwarning
    message: Warning | str,  # noqa: ARG001
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Log where a warning arose, not its text: pydicom's quote the values of a patient's file."""
    print(f"{filename}:{lineno}: {category.__name__} (text withheld)", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bonecohort", description=__doc__)
    parser.add_argument("--version", action="version", version=f"bonecohort {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("fetch", help="fetch the studies a table lists from a PACS")
    fetch.add_argument("server", type=Path, help="YAML file that says how the PACS is reached")
    fetch.add_argument("table", type=Path, help="table of the studies; keep it private")
    fetch.add_argument("folder", type=Path, help="where the images go; what is there is kept")
    init = commands.add_parser("init", help="propose a study from a PACS export of any shape")
    init.add_argument("root", type=Path, help="folder of the export; only read")
    init.add_argument("study", type=Path, help="the study folder; edits in it are kept")
    init.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    check = commands.add_parser(
        "check", help="check a study's config, tables, paths and readings; run nothing"
    )
    check.add_argument("study", type=Path, help="the study folder")
    check.add_argument(
        "--fix",
        action="store_true",
        help="propose the declarations that the participants table needs; write them to "
        "config/config.yaml, or beside it where that declares variables already",
    )
    run = commands.add_parser("run", help="run a study; further options are Snakemake's")
    run.add_argument("study", type=Path, help="the study folder")
    run.add_argument("--cores", help="processor cores to use; all by default")
    plan = commands.add_parser(
        "plan", help="tell what the next run would do, and why; further options are Snakemake's"
    )
    plan.add_argument("study", type=Path, help="the study folder")
    status = commands.add_parser("status", help="tell what is done, failed and left of a study")
    status.add_argument("study", type=Path, help="the study folder")
    status.add_argument("--json", action="store_true", help="for programs")
    clean = commands.add_parser(
        "clean", help="take away what results keep of participants who are no longer included"
    )
    clean.add_argument("study", type=Path, help="the study folder")
    clean.add_argument("--yes", action="store_true", help="do it; without, only list the files")
    commands.add_parser(
        "where", help="print the folder of the workflow: Snakefile, profiles and environments"
    )
    commands.add_parser("settings", help="print every setting of config.yaml, with its default")
    demo = commands.add_parser("demo", help="write a synthetic study with known truth")
    demo.add_argument("study", type=Path, help="folder to write to; nothing is overwritten")
    demo.add_argument("--participants", type=int, default=DEMO_PARTICIPANTS)
    demo.add_argument("--seed", type=int, default=DEMO_SEED)
    demo.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    job = commands.add_parser("job", help="run one job of the workflow (called by its rules)")
    job.add_argument("name", choices=jobs())
    job.add_argument("task", help="what the job depends on, as JSON")
    job.add_argument("results", type=Path, help="the results folder")
    return parser


def _run_job(options: argparse.Namespace) -> int:
    from bonecohort.monitoring.job_lock import job_at_work
    from bonecohort.study.contents import CONTENTS
    from bonecohort.study.inputs import reading_only_inputs
    from bonecohort.study.provenance import recording_provenance

    # Only the job's own module is imported: most jobs are short and imports are their cost.
    with _without_downloads():
        job = importlib.import_module(module_of(options.name))
    task = json.loads(options.task)
    with (
        values_kept_out(),
        job_at_work(),
        recording_provenance(options.name, task, is_kept=not is_temporary(options.name)),
        reading_only_inputs(task, CONTENTS),
    ):
        job.run(task, options.results)
    return 0


@contextmanager
def _without_downloads() -> Iterator[None]:
    """Keep ``requests`` out of what is imported: no job needs it, and it takes long to load.

    pydicom would import it, to fetch the files of its own tests.
    """
    name = "requests"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # what import takes for an absent module
    try:
        yield
    finally:
        del sys.modules[name]


def _fetch_studies(options: argparse.Namespace) -> int:
    from bonecohort.pacs.fetch import fetch, open_archive
    from bonecohort.pacs.retrieval_list import read_retrieval_list
    from bonecohort.pacs.server import read_server, secrets_of_environment

    server = read_server(options.server)
    wanted = read_retrieval_list(options.table, options.folder)
    with open_archive(server, secrets_of_environment()) as archive:
        result = fetch(archive, wanted, options.folder, progress_line("Fetching: row"))
    n_whole = result.n_rows - len(result.failed)
    print(
        f"{n_whole} of {result.n_rows} rows are fetched whole: {result.n_images} images, "
        f"{result.n_new} of them new."
    )
    for row, reason in result.failed.items():
        print(f"  row {row} of the table: {reason}", file=sys.stderr)
    if result.failed:
        print("The same command fetches what is missing, and nothing else.", file=sys.stderr)
    return 1 if result.failed else 0


def _propose_study(options: argparse.Namespace) -> int:
    from bonecohort.intake.init import init_study
    from bonecohort.intake.study_ids import doubt_words

    summary = init_study(
        options.root, options.study, options.jobs, progress_line("Reading headers:")
    )
    print(
        f"{summary.n_files} files, {summary.n_series} series, {len(summary.participants)} "
        f"participants ({len(summary.added_participants)} new), {len(summary.added_series)} rows "
        "added to the series table."
    )
    if summary.included_again:
        print(f"  Included now that a usable series came: {', '.join(summary.included_again)}")
    for reason, count in summary.left_out.items():
        print(f"  {count} left out: {reason}")
    for line in (*doubt_words(summary.doubts), *summary.rows_of_others):
        print(f"  {line}")
    for path in summary.were_open:
        print(f"  {path} could be read by others; it is its owner's alone now.")
    print(f"Why each series was proposed or not: {summary.proposals_file}")
    print(f"Who is who: {summary.key_file} (keep it private, outside the study)")
    return 0


def _check(options: argparse.Namespace) -> int:
    from bonecohort.cohort.checked import checked_words
    from bonecohort.study.proposed_config import proposal_words
    from bonecohort.study.study import load_study

    code = 0
    try:
        print(checked_words(load_study(options.study), options.study))
    except StudyFault as fault:
        print(fault, file=sys.stderr)
        code = 1
    if code or options.fix:
        for line in proposal_words(options.study, is_written=options.fix):
            print(line)
    return code


def _run(options: argparse.Namespace) -> int:
    from bonecohort.monitoring.profiles import names_profile
    from bonecohort.monitoring.run_command import part_options, run_command, run_parts
    from bonecohort.study.study import load_study

    cores = ["--cores", options.cores] if options.cores else []
    if not cores and not names_profile(options.more):
        cores = ["--cores", "all"]
    parts = part_options(load_study(options.study), options.more)
    stopped = run_parts(options.study, parts, cores)
    if stopped:
        raise SystemExit(stopped)
    command = run_command(options.study, [*cores, *options.more])
    print(f"Running: {shlex.join(command)}", file=sys.stderr, flush=True)
    os.execv(command[0], command)  # noqa: S606 - so that signals and the exit code are Snakemake's


def _plan(options: argparse.Namespace) -> int:
    from bonecohort.monitoring.plan import plan_words
    from bonecohort.monitoring.run_command import plan
    from bonecohort.study.study import load_study

    study = load_study(options.study)
    try:
        jobs = plan(study, options.study, options.more)
    except subprocess.CalledProcessError as refused:
        return refused.returncode
    if jobs:
        print(plan_words(jobs, len(study.included)))
    else:
        print("Nothing to do: every result is up to date.")
    return 0


def _status(options: argparse.Namespace) -> int:
    from bonecohort.monitoring.status import study_status
    from bonecohort.monitoring.status_words import status_json, status_words
    from bonecohort.study.study import load_study

    status = study_status(load_study(options.study), options.study)
    print(status_json(status) if options.json else status_words(status, options.study))
    return 0


def _clean(options: argparse.Namespace) -> int:
    from bonecohort.monitoring.clean import clean
    from bonecohort.monitoring.run_lock import RunLocked
    from bonecohort.study.study import load_study

    try:
        clean(load_study(options.study), options.study, really=options.yes, tell=print)
    except RunLocked as taken:
        print(taken, file=sys.stderr)
        return 1
    return 0


def _print_where(_: argparse.Namespace) -> int:
    from bonecohort.study.installation import workflow_home

    print(workflow_home())
    return 0


def _print_settings(_: argparse.Namespace) -> int:
    from bonecohort.study.settings_guide import settings_guide

    print(settings_guide(), end="")
    return 0


def _write_demo(options: argparse.Namespace) -> int:
    from bonecohort.demo.study import write_demo_study

    write_demo_study(
        options.study,
        options.participants,
        options.seed,
        progress=progress_line("Writing the demo study: participant"),
        jobs=options.jobs,
    )
    return 0
