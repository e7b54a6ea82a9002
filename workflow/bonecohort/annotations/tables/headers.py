"""The columns of readings tables as people head them: units, case, spaces, one column a plane."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.annotations.marks.names import PLANE_OF_WORD
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bonecohort.study.cells import Row, Table

OPTIONAL = ("reader",)
UNIT = re.compile(r"[\[(]\s*(?P<unit>[^\])]*?)\s*[\])]")
UNITS_CELL = re.compile(r"[\[(]?\s*(?P<unit>mm|cm|m|hu|hounsfield units?)\s*[\])]?", re.IGNORECASE)
_PLANE = "|".join(sorted(PLANE_OF_WORD, key=len, reverse=True))
WIDE = re.compile(rf"(?:hu)?l(?P<level>[1-9])(?P<plane>{_PLANE})(?:hu)?")
VERTEBRA_ONLY = re.compile(r"(?:meanhu|hu)l[1-9]|l[1-9](?:hu|meanhu|humean)")


def standard_table(table: Table, required: Sequence[str]) -> Table:
    """Return a readings table under its documented columns, one reading or defect a row.

    Headers may differ in case, spaces and punctuation, and have their unit in brackets or in a
    row below. HU may stand in one column a plane (``L1_upper``), as statistics programs keep them.

    Raises
    ------
    DataFault
        Two headers mean one column, a length is not in mm, or a vertebra's HU has no plane.
    """
    table, units = _without_units_row(table)
    known = {_squashed(name): name for name in (*required, *OPTIONAL)}
    headers: dict[str, str] = {}
    for header in table.columns:
        name = known.get(_with_unit(table, header, units.get(header, ""), known))
        if name is None:
            continue
        if name in headers:
            raise DataFault(
                f"{table.path}: columns {headers[name]!r} and {header!r} both mean {name}; one is "
                "expected."
            )
        headers[name] = header
    if "plane" in required and not {"level", "plane", "hu"} & set(headers):
        return _long_from_wide(table, headers)
    rows = tuple(_renamed(row, headers) for row in table.rows)
    renamed = {header: name for name, header in headers.items()}
    return replace(table, columns=tuple(renamed.get(c, c) for c in table.columns), rows=rows)


def _squashed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _with_unit(table: Table, header: str, unit_below: str, known: dict[str, str]) -> str:
    """Return a header squashed, its unit last, ``widthmm``; a fault for a length in other units."""
    bracketed = UNIT.search(header)
    unit = (bracketed["unit"] if bracketed else unit_below).lower()
    bare = _squashed(UNIT.sub(" ", header))
    if bare.removesuffix("mm") + "mm" in known:
        bare = bare.removesuffix("mm")
        if unit and unit != "mm":
            raise DataFault(
                f"{table.path}: column {header!r} is in {unit}; mm is expected, as column "
                f"{known[bare + 'mm']}."
            )
        return bare + unit if unit else _squashed(header)
    return bare if unit in ("", "hu", "hounsfield unit", "hounsfield units") else _squashed(header)


def _without_units_row(table: Table) -> tuple[Table, dict[str, str]]:
    """Take off a row of nothing but units below the header; return header → its unit."""
    if not table.rows:
        return table, {}
    filled = {header: cell for header, cell in table.rows[0].cells.items() if cell}
    matches = {header: UNITS_CELL.fullmatch(cell) for header, cell in filled.items()}
    units = {header: match["unit"] for header, match in matches.items() if match}
    if not units or len(units) < len(filled):
        return table, {}
    return replace(table, rows=table.rows[1:]), units


def _renamed(row: Row, headers: dict[str, str]) -> Row:
    names = {header: name for name, header in headers.items()}
    cells = {names.get(header, header): cell for header, cell in row.cells.items()}
    merged = frozenset(names.get(header, header) for header in row.merged)
    return replace(row, cells=cells, merged=merged, headers=headers)


def _long_from_wide(table: Table, headers: dict[str, str]) -> Table:
    """Return a table of one column a plane as one of one row a plane; blanks were not read."""
    planes: dict[str, tuple[str, str]] = {}
    for header in table.columns:
        squashed = _squashed(UNIT.sub(" ", header))
        if match := WIDE.fullmatch(squashed):
            place = (f"L{match['level']}", PLANE_OF_WORD[match["plane"]])
            if place in planes.values():
                raise DataFault(f"{table.path}: column {header!r}: another one means the same.")
            planes[header] = place
        elif VERTEBRA_ONLY.fullmatch(squashed):
            raise DataFault(
                f"{table.path}: column {header!r} gives a vertebra's HU without its plane; three "
                "columns such as L1_upper, L1_middle, L1_lower are expected."
            )
    if not planes:
        return replace(table, rows=tuple(_renamed(row, headers) for row in table.rows))
    rows = tuple(long for row in table.rows for long in _rows_of(row, headers, planes))
    return replace(table, columns=(*headers, "level", "plane", "hu"), rows=rows)


def _rows_of(
    row: Row, headers: dict[str, str], planes: dict[str, tuple[str, str]]
) -> Iterator[Row]:
    named = {name: row.get(header) for name, header in headers.items()}
    for header, (level, plane) in planes.items():
        if row.get(header):
            cells = named | {"level": level, "plane": plane, "hu": row.get(header)}
            merged = frozenset({"hu"} if header in row.merged else ())
            yield replace(row, cells=cells, merged=merged, headers=headers | {"hu": header})
