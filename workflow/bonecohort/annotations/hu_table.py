"""``hu_table``: Hounsfield readings taken elsewhere, one row a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.annotations.names import PLANE_OF_WORD, PLANES
from bonecohort.annotations.table_rows import (
    RowFault,
    cell_of,
    level_of,
    number_in,
    reader_of,
    refuse_merged,
    refuse_misaligned,
)
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.tables import Row, Table

COLUMNS = ("participant_id", "level", "plane", "hu")
HU_RANGE = (-300.0, 1500.0)
"""Outside this a reading of trabecular bone is a slip, not a measurement."""


@dataclass(frozen=True)
class HuReading:
    """One reader's mean HU of one plane of one vertebra."""

    level: str
    plane: str
    hu: float
    reader: str


def read_hu_rows(
    table: Table, rows: Iterable[Row], reader: str
) -> tuple[list[HuReading], list[RowFault]]:
    """Return the readings of one participant's rows, and what is wrong with the others.

    ``reader`` is the reader of series.tsv, empty where it lists several for the file; a
    ``reader`` column in the table goes before it.
    """
    readings: list[HuReading] = []
    faults: list[RowFault] = []
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        level = None
        try:
            level = level_of(table, row)
            refuse_misaligned(row)
            reading = _reading(table, row, level, reader_of(table, row, reader))
            key = (reading.level, reading.plane, reading.reader)
            if key in seen:
                raise DataFault(
                    f"{table.path}, row {row.number}: {level} {reading.plane} stands also in row "
                    f"{seen[key]}; one reading a plane and reader is expected."
                )
            seen[key] = row.number
            readings.append(reading)
        except DataFault as fault:
            faults.append(RowFault(level, fault.reason))
    return readings, faults


def _reading(table: Table, row: Row, level: str, reader: str) -> HuReading:
    plane = PLANE_OF_WORD.get(row.get("plane").lower().rstrip("."))
    where = cell_of(table, row, "hu")
    if plane is None:
        told = f"{cell_of(table, row, 'plane')}: {row.get('plane')!r}"
        raise DataFault(f"{told}; {', '.join(PLANES)} is expected.")
    refuse_merged(table, row, ["hu"])
    if not row.get("hu"):
        raise DataFault(f"{where}: blank; leave the row out when the plane was not read.")
    hu = number_in(table, row, "hu")
    if not HU_RANGE[0] <= hu <= HU_RANGE[1]:
        raise DataFault(
            f"{where}: {row.get('hu')}; {HU_RANGE[0]:g} to {HU_RANGE[1]:g} is plausible."
        )
    return HuReading(level, plane, hu, reader)
