"""Commands that begin a study: new, demo, init, fetch."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from bonecohort.cli.next_command import say, say_next
from bonecohort.faults import StudyFault
from bonecohort.study.progress import progress_line

if TYPE_CHECKING:
    import argparse
    from pathlib import Path


def new_study(options: argparse.Namespace) -> int:
    """Write an empty study to fill in."""
    from bonecohort.intake.new_study import write_new_study
    from bonecohort.study.installation import refuse_own_folder

    study: Path = options.study
    refuse_own_folder(study)
    if not options.is_named:
        _refuse_filled(study, "new")
    for path in write_new_study(study):
        print(f"  {path}")
    print(f"Fill in the tables; {study / 'README.md'} says what goes where.")
    say_next("check", study, enter=True)
    return 0


def write_demo(options: argparse.Namespace) -> int:
    """Write the synthetic study."""
    from bonecohort.demo.study import write_demo_study
    from bonecohort.demo.tables import TRUTH_PATH
    from bonecohort.techniques.registry import demo_shares

    study: Path = options.study
    if not options.is_named and not (study / TRUTH_PATH).exists():
        _refuse_filled(study, "demo")
    write_demo_study(
        study,
        options.participants,
        options.seed,
        progress=progress_line("Writing the demo study: participant"),
        jobs=options.jobs,
        shares=demo_shares(),
    )
    say_next("run", study, enter=True)
    return 0


def propose_study(options: argparse.Namespace) -> int:
    """Propose a study from a DICOM export."""
    from bonecohort.intake.init import init_study
    from bonecohort.intake.study_ids import doubt_words
    from bonecohort.study.installation import refuse_own_folder

    refuse_own_folder(options.study)
    summary = init_study(
        options.root,
        options.study,
        options.jobs,
        progress_line("Reading headers:"),
        options.kind or (),
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
    for kind, count in summary.further.items():
        print(
            f"  {count} of {len(summary.participants)} participants have a '{kind}'; "
            f"--kind {kind} proposes it, too."
        )
    print(f"Why each series was proposed or not: {summary.proposals_file}")
    print(f"Who is who: {summary.key_file} (keep it private, outside the study)")
    say_next("check", options.study, enter=True)
    return 0


def fetch_studies(options: argparse.Namespace) -> int:
    """Fetch the studies that a table lists from a PACS."""
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
        return 1
    say(f"bonecohort init {shlex.quote(str(options.folder))} my_study")
    return 0


def _refuse_filled(folder: Path, command: str) -> None:
    """Refuse to write into the current folder, which nobody named, where it holds something."""
    result = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    if result:
        more = f" and {len(result) - 1} more" if len(result) > 1 else ""
        message = f"The current folder is not empty: it holds {result[0]}{more}."
        raise StudyFault([f"{message} Name a folder to write to: bonecohort {command} my_study"])
