"""What a command ends with: the next command to type."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

NO_STUDY = """\
There is no study in {folder}. To make one:
  bonecohort demo my_demo          a synthetic study, to try
  bonecohort new my_study          an empty study, for readings that you have
  bonecohort init EXPORT my_study  a study from a folder of DICOM files
"""


def say_next(command: str, study: Path, *, enter: bool = False) -> None:
    """Print the next command, as it is typed from the current folder.

    It goes to stderr: what a command prints to stdout may be read by a program.

    Parameters
    ----------
    command
        Such as ``run``; the study is added where it is another folder.
    enter
        The next command is typed in the study folder; later ones need no folder then.
    """
    typed = f"bonecohort {command}"
    if not is_here(study):
        folder = shlex.quote(str(study))
        typed = f"cd {folder} && {typed}" if enter else f"{typed} {folder}"
    say(typed)


def say(typed: str) -> None:
    """Print the next command, after all that stdout was given."""
    sys.stdout.flush()
    sys.stderr.write(f"Next: {typed}\n")


def say_after_fault(study: Path) -> None:
    """Say what to do where a study could not be read: correct it, or make one."""
    from bonecohort.study.found_tables import study_files  # no job needs it

    if study_files(study):
        sys.stderr.write("Correct this. ")
        say_next("check", study)
    else:
        sys.stderr.write(NO_STUDY.format(folder=shown(study)))


def is_here(study: Path) -> bool:
    """Whether a folder is the current one."""
    return study.exists() and study.samefile(Path())


def shown(study: Path) -> str:
    """Return a study's folder for a message: the current folder by its full path."""
    return os.getcwd() if study == Path() else str(study)  # noqa: PTH109 - as the shell names it
