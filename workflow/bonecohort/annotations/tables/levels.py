"""Whose reading of which vertebra a row of a readings table is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import cell_of
from bonecohort.faults import DataFault
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.study.settings import LUMBAR_LEVELS

if TYPE_CHECKING:
    from bonecohort.study.cells import Row, Table

BETWEEN_PARTS = re.compile(r"[\s\-_.\u2010-\u2015\u2212]+")
"""What people put between L and 3: spaces of any width, hyphens and dashes of any length."""


def level_of(table: Table, row: Row) -> str:
    """Return a row's vertebral level; a fault when it is none of L1–L5."""
    level = level_written(row)
    if level is None:
        raise DataFault(
            f"{cell_of(table, row, 'level')}: {row.get('level')!r}; L1 to L5 is expected."
        )
    return level


def level_written(row: Row) -> str | None:
    """Return a row's vertebral level, however its parts are joined; None for no lumbar one."""
    level = BETWEEN_PARTS.sub("", row.get("level")).upper()
    return level if level in LUMBAR_LEVELS else None


def reader_of(table: Table, row: Row, default: str) -> str:
    """Return who read a row: its own ``reader`` cell, else the reader listed for the file."""
    reader = row.get("reader") or default
    where = f"{table.path}, row {row.number}, reader"
    if not reader:
        raise DataFault(f"{where}: blank, and the file is listed for several readers; name one.")
    if reader.lower() == MEAN_OF_READERS:
        raise DataFault(f"{where}: {reader!r} names the readers' mean; give another name.")
    return reader
