"""The columns of readings tables as people head them: units, case, spaces, one column a place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.study.cells import Row, Table

OPTIONAL = ("reader",)
COUNTS = {2: "two", 3: "three", 4: "four"}
UNIT = re.compile(r"[\[(]\s*(?P<unit>[^\])]*?)\s*[\])]")
UNITS_CELL = re.compile(r"[\[(]?\s*(?P<unit>mm|cm|m|hu|hounsfield units?)\s*[\])]?", re.IGNORECASE)


@dataclass(frozen=True)
class Wide:
    """How a table has one column a place in a vertebra, ``L1_upper``, as statistics programs do.

    Attributes
    ----------
    place, value
        The columns that the place and the value have in a table of one row a place.
    words
        Place by how people write it, in small letters.
    """

    place: str
    value: str
    words: Mapping[str, str]

    @cached_property
    def header(self) -> re.Pattern[str]:
        """What a column of one place is headed, squashed: groups ``level`` and ``place``."""
        places = "|".join(sorted(self.words, key=len, reverse=True))
        return re.compile(
            rf"(?:{self.value})?l(?P<level>[1-9])(?P<place>{places})(?:{self.value})?"
        )

    @cached_property
    def header_without_place(self) -> re.Pattern[str]:
        """What a column of a whole vertebra is headed, squashed."""
        value = self.value
        return re.compile(
            rf"(?:mean{value}|{value})l[1-9]|l[1-9](?:{value}|mean{value}|{value}mean)"
        )


def standard_table(table: Table, required: Sequence[str], wide: Wide | None = None) -> Table:
    """Return a readings table under its documented columns, one reading a row.

    Headers may differ in case, spaces and punctuation, and have their unit in brackets or in a
    row below. With ``wide``, values may stand in one column a place.

    Raises
    ------
    DataFault
        Two headers mean one column, a length is not in mm, or a vertebra's value has no place.
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
    if wide and not {"level", wide.place, wide.value} & set(headers):
        return _long_from_wide(table, headers, wide)
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


def _long_from_wide(table: Table, headers: dict[str, str], wide: Wide) -> Table:
    """Return a table of one column a place as a table of one row a place. Blanks were not read."""
    places: dict[str, tuple[str, str]] = {}
    for header in table.columns:
        squashed = _squashed(UNIT.sub(" ", header))
        if match := wide.header.fullmatch(squashed):
            place = (f"L{match['level']}", wide.words[match["place"]])
            if place in places.values():
                raise DataFault(f"{table.path}: column {header!r}: another one means the same.")
            places[header] = place
        elif wide.header_without_place.fullmatch(squashed):
            raise DataFault(
                f"{table.path}: column {header!r} gives a vertebra's {wide.value.upper()} without "
                f"its {wide.place}; {_columns_expected(wide)} are expected."
            )
    if not places:
        return replace(table, rows=tuple(_renamed(row, headers) for row in table.rows))
    rows = tuple(long for row in table.rows for long in _rows_of(row, headers, places, wide))
    return replace(table, columns=(*headers, "level", wide.place, wide.value), rows=rows)


def _columns_expected(wide: Wide) -> str:
    """Return the columns of a vertebra in words, with an example of each."""
    names = [f"L1_{place}" for place in dict.fromkeys(wide.words.values())]
    return f"{COUNTS.get(len(names), len(names))} columns such as {', '.join(names)}"


def _rows_of(
    row: Row, headers: dict[str, str], places: dict[str, tuple[str, str]], wide: Wide
) -> Iterator[Row]:
    named = {name: row.get(header) for name, header in headers.items()}
    for header, (level, place) in places.items():
        if row.get(header):
            cells = named | {"level": level, wide.place: place, wide.value: row.get(header)}
            merged = frozenset({wide.value} if header in row.merged else ())
            yield replace(row, cells=cells, merged=merged, headers=headers | {wide.value: header})
