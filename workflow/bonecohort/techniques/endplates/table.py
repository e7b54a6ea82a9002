"""``endplate_table``: endplate measurements taken elsewhere, one row a defect."""

from __future__ import annotations

import re
from statistics import fmean
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
from bonecohort.study.cells import Row, Table, decimals_of
from bonecohort.techniques.endplates.reading import DefectReading, EndplateReading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.measures.vertebra.endplate import Endplate


SIZE_COLUMNS = ("width_mm", "depth_mm")
BODY_COLUMNS = ("body_width_mm", "body_height_1_mm", "body_height_2_mm")
COLUMNS = ("participant_id", "level", "endplate", "defect", *SIZE_COLUMNS, *BODY_COLUMNS)
ENDPLATE_OF_WORD: dict[str, Endplate] = {
    "superior": "superior", "sup": "superior", "upper": "superior",
    "inferior": "inferior", "inf": "inferior", "lower": "inferior",
}  # fmt: skip
"""How tables call the endplates."""
NOT_ASSESSABLE = "not_assessable"
BODY_SIZES_DIFFER_MM = 1.0
"""Body sizes repeated on a level's rows are flagged when they differ by more than this."""


def read_endplate_rows(
    table: Table, rows: Iterable[Row], reader: str
) -> tuple[list[EndplateReading], list[RowFault]]:
    """Return one participant's readings, one a level and reader, and what is wrong.

    ``reader`` is the reader of series.tsv, empty where it lists several for the file. A ``reader``
    column in the table goes before it. A level with one bad row is a fault as a whole: a defect
    that is left out would make the vertebra look better than it is.
    """
    by_level: dict[tuple[str, str], list[Row]] = {}
    faults: list[RowFault] = []
    for row in rows:
        level = None
        try:
            level = level_of(table, row)
            refuse_misaligned(row)
            key = (level, reader_of(table, row, reader))
        except DataFault as fault:
            faults.append(RowFault(level, fault.reason))
            continue
        by_level.setdefault(key, []).append(row)
    readings = []
    for (level, who), level_rows in by_level.items():
        try:
            readings.append(_reading(table, level, who, level_rows))
        except DataFault as fault:
            faults.append(RowFault(level, fault.reason))
    return readings, faults


def _reading(table: Table, level: str, reader: str, rows: Sequence[Row]) -> EndplateReading:
    unreadable = [row for row in rows if _endplate(row) == NOT_ASSESSABLE]
    if unreadable:
        if len(unreadable) < len(rows) or any(_measured(table, row) for row in unreadable):
            numbers = ", ".join(str(row.number) for row in rows)
            raise DataFault(
                f"{table.path}, row {numbers}: {level} is 'not_assessable' and also measured; "
                "one of the two is expected."
            )
        return EndplateReading(level, reader, assessable=False)
    defects = [_defect(table, row) for row in rows]
    result = tuple(defect for defect in defects if defect is not None)
    _refuse_repeats(table, level, result)
    sizes, flags = _body_sizes(table, rows)
    measured = [row.get(column) for row in rows for column in (*SIZE_COLUMNS, *BODY_COLUMNS)]
    return EndplateReading(
        level,
        reader,
        defects=result,
        body_width_mm=sizes["body_width_mm"],
        body_height_1_mm=sizes["body_height_1_mm"],
        body_height_2_mm=sizes["body_height_2_mm"],
        decimals=max((decimals_of(text) for text in measured if text), default=0),
        flags=flags,
    )


def _defect(table: Table, row: Row) -> DefectReading | None:
    refuse_merged(table, row, ("defect", *SIZE_COLUMNS))
    number = number_in(table, row, "defect")
    if number == 0:
        given = _measured(table, row)
        if given:
            raise DataFault(
                f"{cell_of(table, row, given[0])}: {row.get(given[0])}, with defect 0 (normal); "
                "leave it blank or number the defect."
            )
        return None
    if number < 0 or not number.is_integer():
        where = cell_of(table, row, "defect")
        raise DataFault(f"{where}: {row.get('defect')!r}; 0, 1, 2, … is expected.")
    endplate = ENDPLATE_OF_WORD.get(_endplate(row).rstrip("."))
    if endplate is None:
        raise DataFault(
            f"{cell_of(table, row, 'endplate')}: {row.get('endplate')!r}; superior, inferior or "
            "not_assessable is expected."
        )
    width, depth = (_size(table, row, column) for column in SIZE_COLUMNS)
    return DefectReading(endplate, int(number), width, depth)


def _endplate(row: Row) -> str:
    return re.sub(r"[\s_-]+", "_", row.get("endplate").lower())


def _measured(table: Table, row: Row) -> list[str]:
    """Return the size columns that say something; 0 says no more than a blank."""
    return [
        column for column in SIZE_COLUMNS if row.get(column) and number_in(table, row, column) != 0
    ]


def _size(table: Table, row: Row, column: str) -> float:
    if not row.get(column):
        raise DataFault(f"{cell_of(table, row, column)}: blank; a length is expected.")
    value = number_in(table, row, column)
    if value <= 0:
        raise DataFault(
            f"{cell_of(table, row, column)}: {row.get(column)}; a length above 0 mm is expected."
        )
    return value


def _refuse_repeats(table: Table, level: str, defects: Sequence[DefectReading]) -> None:
    names = [(defect.endplate, defect.defect) for defect in defects]
    for name in names:
        if names.count(name) > 1:
            raise DataFault(
                f"{table.path}: {level} {name[0]} defect {name[1]} stands more than once for one "
                "reader; number the defects 1, 2, …"
            )


def _body_sizes(
    table: Table, rows: Sequence[Row]
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    sizes: dict[str, float | None] = {}
    flags: list[str] = []
    for column in BODY_COLUMNS:
        values = [_size(table, row, column) for row in rows if row.get(column)]
        sizes[column] = fmean(values) if values else None
        if values and max(values) - min(values) > BODY_SIZES_DIFFER_MM:
            spread = max(values) - min(values)
            flags.append(
                f"{column} differs between rows by {spread:.1f} mm (limit {BODY_SIZES_DIFFER_MM:g})"
            )
    return sizes, tuple(flags)
