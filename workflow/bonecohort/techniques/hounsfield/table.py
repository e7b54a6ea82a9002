"""``hu_table``: Hounsfield readings taken elsewhere, one row a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.headers import Wide
from bonecohort.annotations.tables.levels import level_of, reader_of
from bonecohort.annotations.tables.rows import (
    RowFault,
    cell_of,
    number_in,
    refuse_merged,
    refuse_misaligned,
)
from bonecohort.faults import DataFault
from bonecohort.techniques.hounsfield.names import PLANE_OF_WORD, PLANES
from bonecohort.techniques.hounsfield.trabecular import EXPECTED, HIGHEST_HU, LOWEST_HU

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.cells import Row, Table

COLUMNS = ("participant_id", "level", "plane", "hu")
WIDE = Wide("plane", "hu", PLANE_OF_WORD)
"""One column a plane, ``L1_upper``."""


class NotTrabecularBone(DataFault):
    """A reading, ``hu``, that trabecular bone cannot have."""

    def __init__(self, reason: str, hu: float) -> None:
        super().__init__(reason)
        self.hu = hu


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

    Raises
    ------
    DataFault
        None of several readings can be trabecular bone: the scale of all is wrong, reported once.
    """
    readings: list[HuReading] = []
    faults: list[RowFault] = []
    seen: dict[tuple[str, str, str], int] = {}
    impossible: list[float] = []
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
            if isinstance(fault, NotTrabecularBone):
                impossible.append(fault.hu)
    if len(impossible) > 1 and len(impossible) == len(faults) and not readings:
        raise DataFault(_wrong_scale(table, impossible))
    return readings, faults


def _wrong_scale(table: Table, impossible: list[float]) -> str:
    """Say that all readings of a participant are on another scale than Hounsfield's."""
    low, high = min(impossible), max(impossible)
    shift = "1000 or 1024 may have been added" if low > HIGHEST_HU else "they may be shifted"
    if high < LOWEST_HU:
        shift = "1000 or 1024 may have been taken away"
    return (
        f"{table.path}: all {len(impossible)} HU readings of this participant are impossible, "
        f"{low:g} to {high:g}: {EXPECTED}. On export {shift}: export Hounsfield units."
    )


def _reading(table: Table, row: Row, level: str, reader: str) -> HuReading:
    plane = PLANE_OF_WORD.get(row.get("plane").lower().rstrip("."))
    where = cell_of(table, row, "hu")
    if plane is None:
        message = f"{cell_of(table, row, 'plane')}: {row.get('plane')!r}"
        raise DataFault(f"{message}; {', '.join(PLANES)} is expected.")
    refuse_merged(table, row, ["hu"])
    if not row.get("hu"):
        raise DataFault(f"{where}: blank; leave the row out when the plane was not read.")
    hu = number_in(table, row, "hu")
    if not LOWEST_HU <= hu <= HIGHEST_HU:
        raise NotTrabecularBone(f"{where}: {row.get('hu')}; {EXPECTED}.", hu)
    return HuReading(level, plane, hu, reader)
