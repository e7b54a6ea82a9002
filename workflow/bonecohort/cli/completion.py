"""Completion of commands, options and folders in a shell."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import shtab

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDERS = ("study", "root", "folder")


def completion_script(
    parser: argparse.ArgumentParser, commands: Iterable[argparse.ArgumentParser], shell: str
) -> str:
    """Return the script for a shell (``bash``, ``zsh`` or ``fish``), by the parser of its words."""
    for command in commands:
        for argument in command._actions:  # noqa: SLF001 - argparse has no other list
            if argument.type is Path:
                is_folder = argument.dest in FOLDERS
                argument.complete = shtab.DIRECTORY if is_folder else shtab.FILE  # type: ignore[attr-defined]
    _leave_out(parser, "job")
    return shtab.complete(parser, shell)


def _leave_out(parser: argparse.ArgumentParser, name: str) -> None:
    """Leave a command out of a parser."""
    for action in parser._actions:  # noqa: SLF001 - as above
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            del action.choices[name]
