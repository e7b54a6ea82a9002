"""Tables as people keep them: TSV, CSV or Excel, read as text with their row numbers."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.cells import Row, Table, without_invisible
from bonecohort.study.encodings import CHINESE, text_encoding
from bonecohort.study.table_kinds import table_kind
from bonecohort.study.table_text import ID_HEADER, LAST_HEADER_LINE, text_lines
from bonecohort.study.workbooks import read_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from bonecohort.study.workbooks import Area, Sheet

READ_AS_CHINESE = "{path}: this is no UTF-8 text; it was read as Chinese text in GB18030 (GBK)."
MOST_COLUMNS = 2000
MOST_CELLS = 5_000_000
"""With its row, a cell takes some hundred bytes of memory."""


def read_table(path: Path) -> Table:
    """Read a table of text (any delimiter) or an Excel workbook's first sheet.

    Text is UTF-8, UTF-16, or GB18030 where its characters are those of Chinese tables; the table's
    notes name the last.

    What the file holds decides, not its name. Every cell is text, blank cells are ''; a formula
    that no program has calculated is its own text, ``=A2*2``.

    Raises
    ------
    DataFault
        When the file is missing, is no readable table, is larger than a table can be, or names a
        column twice.
    """
    try:
        kind = table_kind(path)
        if kind == "workbook":
            sheet = read_workbook(path)
            return _table(path, sheet.rows.items(), sheet)
        encoding = text_encoding(path) if kind == "utf-8-sig" else kind
        table = _table(path, text_lines(path, encoding or kind))
        if encoding == CHINESE:
            table = replace(table, notes=(READ_AS_CHINESE.format(path=path),))
        return table
    except OSError as error:
        raise DataFault(f"{path}: cannot be read ({error.strerror}).") from error


def _table(path: Path, lines: Iterable[tuple[int, list[str]]], sheet: Sheet | None = None) -> Table:
    filled = dict(_filled(path, lines))
    if not filled:
        raise DataFault(f"{path}: this table is empty; a header row is expected.")
    _refuse_rows_above_the_header(path, filled)
    header_row = min(filled)
    columns = [unicodedata.normalize("NFC", name) for name in filled.pop(header_row)]
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    if repeated:
        raise DataFault(f"{path}: column {', '.join(repeated)} stands more than once.")
    merged = sheet.merged if sheet else ()
    if any(area.first_row <= header_row <= area.last_row for area in merged):
        raise DataFault(
            f"{path}, row {header_row}: the header has merged cells; one row with one name a "
            "column is expected."
        )
    copied_cells = _copied(merged, filled)
    if sheet:  # what stands beside the table is a note
        columns += [""] * (max(map(len, filled.values()), default=0) - len(columns))
    rows = tuple(
        _row(path, number, columns, cells, copied_cells.get(number, ()))
        for number, cells in filled.items()
    )
    return Table(path, tuple(name for name in columns if name), rows)


def _filled(path: Path, lines: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that hold something, their cells cleaned; a fault for more than a table."""
    cells_read = 0
    for number, row in lines:
        cells = [_clean(cell) for cell in row]
        width = next((at for at in range(len(cells), 0, -1) if cells[at - 1]), 0)
        cells_read += len(cells)
        if width > MOST_COLUMNS:
            raise DataFault(
                f"{path}, row {number}: {width:,} columns; at most {MOST_COLUMNS:,} are expected. "
                "Keep only the columns of the study, and delete stray cells far to the right."
            )
        if cells_read > MOST_CELLS:
            raise DataFault(
                f"{path}, row {number}: more than {MOST_CELLS:,} cells; keep only the rows and "
                "columns of the study."
            )
        if width:
            yield number, cells


def _copied(merged: Iterable[Area], cells_of: Mapping[int, list[str]]) -> dict[int, list[int]]:
    """Fill cells merged over rows of one column; return their columns (from 0) by row.

    A cell merged over rows of one column says the same of each of them. One merged over columns
    is a title, and is left in its first cell.
    """
    copied_cells: dict[int, list[int]] = {}
    rows = sorted(cells_of)
    for area in dict.fromkeys(merged):
        column = area.first_column
        first = cells_of.get(area.first_row, [])
        if area.last_column > column or len(first) <= column:
            continue
        below = slice(bisect_right(rows, area.first_row), bisect_right(rows, area.last_row))
        for row in rows[below]:
            cells = cells_of[row]
            cells += [""] * (column + 1 - len(cells))
            cells[column] = first[column]
            copied_cells.setdefault(row, []).append(column)
    return copied_cells


def _refuse_rows_above_the_header(path: Path, filled: Mapping[int, Sequence[str]]) -> None:
    first, *below = list(filled)[:LAST_HEADER_LINE]
    if any(ID_HEADER.fullmatch(cell) for cell in filled[first]):
        return
    for number in below:
        if any(ID_HEADER.fullmatch(cell) for cell in filled[number]):
            raise DataFault(
                f"{path}, row {first}: column 'participant_id' is missing here. Row {number} looks "
                "like the header: delete the rows above it."
            )


def _row(
    path: Path,
    number: int,
    columns: Sequence[str],
    cells: Sequence[str],
    copied_cells: Iterable[int],
) -> Row:
    fault = ""
    if any(cells[len(columns) :]):
        fault = (
            f"{path}, row {number}: {len(cells)} cells where the header has {len(columns)}; "
            "a number with a decimal comma must be quoted, or the columns parted by ';' or tabs."
        )
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    named = {name: cell for name, cell in zip(columns, padded, strict=False) if name}
    return Row(number, named, fault, frozenset(columns[at] for at in copied_cells if columns[at]))


def _clean(cell: str) -> str:
    return without_invisible(cell).strip()
