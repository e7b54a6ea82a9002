"""Proposed lines of config.yaml, shown or written; what a user wrote stays as it is."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.config import CONFIG_PATH, read_config
from bonecohort.study.proposed_variables import proposed_variables
from bonecohort.study.study import settings_meant
from bonecohort.study.tables import read_table
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = "variables"
HEADER = "# Proposed by bonecohort check --fix from the columns of {table}. Correct what is wrong."
SHOWN = "Lines that would declare the columns of {table} (`bonecohort check --fix` writes them):"
ADDED = """\
{path}: these lines were added at its end. Correct what is wrong in them, then check again."""
BESIDE = """\
{path}: these lines were written there, because {config} {why}. Copy what is right into {config}, \
then check again."""


def proposal(folder: Path) -> tuple[str, list[str]]:
    """Return the participants table of a study, and the lines that would declare its columns.

    There are none where the table cannot be read, or needs none.
    """
    content, _ = read_config(folder / CONFIG_PATH)
    settings, _ = settings_meant(folder, content)
    try:
        table = read_table(folder / settings.participants)
    except DataFault:
        return settings.participants, []
    return settings.participants, proposed_variables(table, settings)


def proposal_words(folder: Path, *, is_written: bool) -> list[str]:
    """Return the proposed lines as text; with ``is_written``, also write them, and say where.

    They are added to a config.yaml that declares no variables. Beside any other config.yaml they
    are written as a file with a free name.
    """
    table, lines = proposal(folder)
    if not lines:
        return [f"Nothing to propose: every column of {table} is declared."] if is_written else []
    if not is_written:
        return [SHOWN.format(table=table), *lines]
    block = "\n".join([HEADER.format(table=table), *lines, ""])
    path = folder / CONFIG_PATH
    before = path.read_bytes() if path.is_file() else b""
    why = _why_not_added(folder, before)
    if not why:
        ending = b"" if not before or before.endswith(b"\n") else b"\n"
        _write(path, before + ending + (b"\n" if before else b"") + block.encode())
        return [ADDED.format(path=path), *lines]
    beside = _free_name(folder)
    _write(beside, block.encode())
    return [BESIDE.format(path=beside, config=CONFIG_PATH, why=why), *lines]


def _why_not_added(folder: Path, before: bytes) -> str:
    """Return why lines cannot be added to the end of a config; '' where they can."""
    content, problems = read_config(folder / CONFIG_PATH)
    if problems:
        return "cannot be read"
    if VARIABLES in content:
        return f"has '{VARIABLES}' already"
    last = before.rstrip().rpartition(b"\n")[2]
    is_block = not before.lstrip(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"---"))
    return "" if is_block and last != b"..." else "is not written line by line"


def _free_name(folder: Path) -> Path:
    config = folder / CONFIG_PATH
    names = (f"{VARIABLES}.proposed{'' if at == 1 else at}.yaml" for at in count(1))
    return next(free for name in names if not (free := config.with_name(name)).exists())


def _write(path: Path, content: bytes) -> None:
    with whole_file(path) as unfinished:
        unfinished.write_bytes(content)
