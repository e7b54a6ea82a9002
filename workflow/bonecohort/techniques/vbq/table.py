"""``vbq_table``: scores that readers took elsewhere, one row a vertebra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.levels import level_of, reader_of
from bonecohort.annotations.tables.rows import (
    RowFault,
    cell_of,
    number_in,
    refuse_merged,
    refuse_misaligned,
)
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.cells import Row, Table

SCORE = "vbq"
COLUMNS = ("participant_id", "level", SCORE)
POSSIBLE = (0.3, 15.0)


@dataclass(frozen=True)
class VbqReading:
    """One reader's score of one vertebra."""

    level: str
    score: float
    reader: str


def read_vbq_rows(
    table: Table, rows: Iterable[Row], reader: str
) -> tuple[list[VbqReading], list[RowFault]]:
    """Return the readings of one participant's rows, and what is wrong with the others.

    Parameters
    ----------
    reader
        The reader of series.tsv, empty where it lists several for the file; a ``reader`` column in
        the table goes before it.
    """
    readings: list[VbqReading] = []
    faults: list[RowFault] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        level = None
        try:
            level = level_of(table, row)
            refuse_misaligned(row)
            reading = VbqReading(level, _score(table, row), reader_of(table, row, reader))
            key = (level, reading.reader)
            if key in seen:
                raise DataFault(
                    f"{table.path}, row {row.number}: {level} stands also in row {seen[key]}; one "
                    "score a vertebra and reader is expected."
                )
            seen[key] = row.number
            readings.append(reading)
        except DataFault as fault:
            faults.append(RowFault(level, fault.reason))
    return readings, faults


def _score(table: Table, row: Row) -> float:
    refuse_merged(table, row, [SCORE])
    if not row.get(SCORE):
        raise DataFault(
            f"{cell_of(table, row, SCORE)}: blank; leave the row out where nothing was read."
        )
    score = number_in(table, row, SCORE)
    low, high = POSSIBLE
    if not low <= score <= high:
        raise DataFault(
            f"{cell_of(table, row, SCORE)}: {row.get(SCORE)}; the signal of marrow over that of "
            f"CSF is expected, {low:g} to {high:g}."
        )
    return score
