"""What the rows of every readings table have in common: levels, numbers, and their faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.study.settings import LUMBAR_LEVELS
from bonecohort.study.tables import Row, Table, parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class RowFault:
    """Why a participant's row could not be used; ``level`` is None when it names no level."""

    level: str | None
    reason: str


def check_columns(table: Table, required: Iterable[str]) -> None:
    """Raise a fault when a readings table lacks a column."""
    missing = [column for column in required if column not in table.columns]
    if missing:
        raise DataFault(
            f"{table.path}: column {', '.join(missing)} is missing; found are: "
            f"{', '.join(table.columns)}."
        )


def level_of(table: Table, row: Row) -> str:
    """Return a row's vertebral level; a fault when it is none of L1–L5."""
    level = row.get("level").upper().replace("-", "").replace(" ", "")
    if level not in LUMBAR_LEVELS:
        raise DataFault(
            f"{table.path}, row {row.number}, level: {row.get('level')!r}; L1 to L5 is expected."
        )
    return level


def reader_of(table: Table, row: Row, default: str) -> str:
    """Return who read a row: its own ``reader`` cell, else the reader listed for the file."""
    reader = row.get("reader") or default
    where = f"{table.path}, row {row.number}, reader"
    if not reader:
        raise DataFault(f"{where}: blank, and the file is listed for several readers; name one.")
    if reader.lower() == MEAN_OF_READERS:
        raise DataFault(f"{where}: {reader!r} names the readers' mean; give another name.")
    return reader


def refuse_misaligned(row: Row) -> None:
    """Raise a fault for a row whose cells do not stand under their columns."""
    if row.fault:
        raise DataFault(row.fault)


def number_in(table: Table, row: Row, column: str) -> float:
    """Return a cell's number; a fault when it holds none."""
    if not row.get(column):
        raise DataFault(f"{table.path}, row {row.number}, {column}: blank; a number is expected.")
    try:
        return parse_number(row.get(column))
    except ValueError as error:
        raise DataFault(f"{table.path}, row {row.number}, {column}: {error}.") from error
