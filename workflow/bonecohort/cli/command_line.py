"""From the words of a command to the function that does it, and to an exit code."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bonecohort.cli.job import job_options, run_job
from bonecohort.cli.next_command import say_after_fault
from bonecohort.faults import ChangedInput, StudyFault
from bonecohort.monitoring.interruption import EXIT_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence


OF_A_STUDY = ("check", "plan", "run", "status", "clean")
"""Commands for a study that is there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0, 1 for a fault of the study, 130 for Ctrl-C."""
    words = [*(sys.argv[1:] if arguments is None else arguments)]
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            return run_job(job_options(words[1:])) if words[:1] == ["job"] else _command(words)
    except (StudyFault, ChangedInput) as fault:
        print(fault, file=sys.stderr)
        return 1


def _command(typed: Sequence[str]) -> int:
    """Run a command that people type."""
    from bonecohort.cli.parser import command_parser  # it loads much that no job needs
    from bonecohort.cli.words import check_words, without_snakemakes

    words, more = without_snakemakes(typed)
    parser, commands = command_parser()
    if not words:
        parser.print_help()
        return 0
    check_words(parser, commands, words)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        commands[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    options.more = more
    if "study" in options:
        options.is_named = options.study is not None
        options.study = options.study or Path()
    options.parser, options.commands = parser, commands
    try:
        code: int = options.act(options)
    except StudyFault as fault:
        print(fault, file=sys.stderr)
        if options.command in OF_A_STUDY:
            say_after_fault(options.study)
        return 1
    except KeyboardInterrupt:
        print("\nbonecohort: interrupted.", file=sys.stderr)
        return EXIT_CODE
    return code


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
