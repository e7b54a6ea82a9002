"""What the rows of every table have in common: columns, cells, numbers, and their faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.cells import Row, Table, column_names, parse_number

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
            f"{column_names(table)}."
        )


def refuse_misaligned(row: Row) -> None:
    """Raise a fault for a row whose cells do not stand under their columns."""
    if row.fault:
        raise DataFault(row.fault)


def number_in(table: Table, row: Row, column: str) -> float:
    """Return a cell's number; a fault when it holds none."""
    where = cell_of(table, row, column)
    if not row.get(column):
        raise DataFault(f"{where}: blank; a number is expected.")
    try:
        return parse_number(row.get(column))
    except ValueError as error:
        raise DataFault(f"{where}: {error}.") from error


def refuse_merged(table: Table, row: Row, columns: Iterable[str]) -> None:
    """Raise a fault for a measure in a cell that is merged over several rows."""
    for column in columns:
        if column in row.merged and row.get(column):
            raise DataFault(
                f"{cell_of(table, row, column)}: {row.get(column)} is merged with the row above; "
                "one measure a row is expected."
            )


def cell_of(table: Table, row: Row, column: str) -> str:
    """Return where a cell stands: file, row, and the column as the file calls it."""
    return f"{table.path}, row {row.number}, {row.header(column)}"
