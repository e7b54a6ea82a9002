"""Completion of commands, options and folders in a shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import shtab

if TYPE_CHECKING:
    import argparse
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
    return shtab.complete(parser, shell)
