"""From the words of a command to the function that does it, and to an exit code."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bonecohort.cli.next_command import say_after_fault
from bonecohort.cli.parser import command_parser
from bonecohort.cli.words import check_words, without_snakemakes
from bonecohort.faults import ChangedInput, StudyFault
from bonecohort.monitoring.interruption import EXIT_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence


OF_A_STUDY = ("check", "plan", "run", "status", "clean")
"""Commands for a study that is there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code: 0, 1 for a fault of the study, 130 for Ctrl-C."""
    words, more = without_snakemakes(sys.argv[1:] if arguments is None else arguments)
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
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            code: int = options.act(options)
            return code
    except (StudyFault, ChangedInput) as fault:
        print(fault, file=sys.stderr)
        if options.command in OF_A_STUDY:
            say_after_fault(options.study)
        return 1
    except KeyboardInterrupt:
        if options.command == "job":  # the process that started it ends it
            raise
        print("\nbonecohort: interrupted.", file=sys.stderr)
        return EXIT_CODE


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
