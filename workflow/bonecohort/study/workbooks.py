"""Rows of an Excel workbook's first visible sheet: values, merged cells, formulae without a value.

Sheets are read row by row. What stands in a sheet's far corner, or is merged over whole columns,
costs no more than its own cells.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.table_kinds import MB, damaged_workbook
from bonecohort.study.table_text import ID_HEADER, LAST_HEADER_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LARGEST_UNPACKED_MB = 200
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""As many as Excel's own sheets have."""
DIGITS = 15
"""Significant digits of a number in Excel; a cell's XML may have more, of its arithmetic."""
MARKS = re.compile(rb"<(?:\w+:)?(?:mergeCell|f)[\s/>]")
"""Where a sheet's XML has a merged cell or a formula."""
RECALCULATED = re.compile(rb"<(?:\w+:)?calcPr\b[^>]*\bfullCalcOnLoad=\"(?:1|true)\"")
"""The values beside formulae are placeholders until a spreadsheet program opens the file."""

# What openpyxl raises on workbooks that are damaged; the errors of XML parsers are SyntaxErrors.
BAD_WORKBOOK = (
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True)
class Area:
    """Merged cells; rows count from 1, columns from 0, both ends are within."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that hold something: number → cells, and its merged cells."""

    name: str
    rows: dict[int, list[str]]
    merged: tuple[Area, ...]


def read_workbook(path: Path) -> Sheet:
    """Return the first visible sheet of an ``.xlsx`` workbook; every cell is text.

    A formula that no program has calculated is returned as its own text, ``=A2*2``.

    Raises
    ------
    DataFault
        When the workbook is damaged or unpacks to more than a table needs, or when the table
        stands in another sheet, or in several.
    """
    try:
        with warnings.catch_warnings(), path.open("rb") as stream:
            warnings.simplefilter("ignore", UserWarning)  # of styles and features not read here
            return _read(path, stream)
    except BAD_WORKBOOK as error:
        raise DataFault(damaged_workbook(path, type(error).__name__)) from error


def _read(path: Path, stream: IO[bytes]) -> Sheet:
    from openpyxl.reader.excel import ExcelReader

    with zipfile.ZipFile(path) as archive:
        unpacked = sum(
            part.file_size
            for part in archive.infolist()
            if part.filename.lower().endswith((".xml", ".rels"))
        )
    if unpacked > LARGEST_UNPACKED_MB * MB:
        raise DataFault(
            f"{path}: this workbook unpacks to {unpacked / MB:,.0f} MB; at most "
            f"{LARGEST_UNPACKED_MB} MB is expected. Keep only the rows and columns of the study."
        )
    reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
    reader.read()
    parts = {sheet.name: rel.target for sheet, rel in reader.parser.find_sheets()}
    visible = [sheet for sheet in reader.wb.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise DataFault(f"{path}: this workbook has no visible sheet; a table is expected.")
    _refuse_tables_in_other_sheets(path, visible)
    content = reader.archive.read(parts[visible[0].title])
    merged: tuple[Area, ...] = ()
    formulae: dict[tuple[int, int], str] = {}
    if MARKS.search(content):
        placeholders = any(
            RECALCULATED.search(reader.archive.read(name))
            for name in reader.valid_files
            if name.endswith("workbook.xml")
        )
        merged, formulae = _marks(reader.archive.open(parts[visible[0].title]), placeholders)
    return Sheet(visible[0].title, dict(_filled_rows(path, visible[0], formulae)), merged)


def _filled_rows(
    path: Path, sheet: Any, formulae: dict[tuple[int, int], str]
) -> Iterator[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # else every row is filled up to the farthest cell
    of_row: dict[int, dict[int, str]] = {}
    for (row, column), text in formulae.items():
        of_row.setdefault(row, {})[column] = text
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MOST_ROWS:
            raise DataFault(f"{path}: a row after row {MOST_ROWS:,}; delete it.")
        if not values:  # there are a million, when a cell stands in the last row
            continue
        cells = [_text(value) for value in values]
        for column, text in of_row.get(number, {}).items():
            cells[column] = text
        if any(cells):
            yield number, cells


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):  # as Excel shows it: 3.6 may be stored as 3.5999999999999996
        value = float(f"{value:.{DIGITS}g}")
        return str(int(value) if value.is_integer() else value)
    return str(value)


def _refuse_tables_in_other_sheets(path: Path, visible: Sequence[Any]) -> None:
    """Raise a fault when rows of the study stand in a sheet that is not read."""
    if len(visible) == 1:
        return
    named = [sheet.title for sheet in visible if _has_header(sheet)]
    first = visible[0].title
    if len(named) > 1:
        raise DataFault(
            f"{path}: sheets {_quoted(named)} all have a column participant_id; one table is "
            "expected. Put its rows in one sheet, or hide the sheets that are not meant."
        )
    if named and named != [first]:
        raise DataFault(
            f"{path}: the first sheet, {first!r}, has no column participant_id, sheet "
            f"{named[0]!r} has: move that sheet to the front."
        )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _has_header(sheet: Any) -> bool:
    sheet.reset_dimensions()
    for _, values in zip(range(LAST_HEADER_LINE), sheet.iter_rows(values_only=True), strict=False):
        if any(isinstance(value, str) and ID_HEADER.fullmatch(value.strip()) for value in values):
            return True
    return False


def _marks(
    part: IO[bytes], placeholders: bool
) -> tuple[tuple[Area, ...], dict[tuple[int, int], str]]:
    """Return a sheet's merged cells, and the formulae without a value by row and column.

    ``placeholders`` says that a value of 0 beside a formula is none.
    """
    from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
    from openpyxl.xml.functions import iterparse

    merged: list[Area] = []
    formulae: dict[tuple[int, int], str] = {}
    row = column = 0
    for event, element in iterparse(part, events=("start", "end")):
        name = element.tag.rpartition("}")[2]
        if event == "start":
            if name == "row":
                row, column = int(element.get("r") or row + 1), 0
            continue
        if name == "mergeCell":
            left, top, right, bottom = range_boundaries(element.get("ref"))
            columns = (left or 1) - 1, (right or MOST_COLUMNS) - 1  # of "A:A" the rows are None
            merged.append(Area(top or 1, bottom or MOST_ROWS, *columns))
        elif name == "c":
            at = element.get("r")
            row, column = coordinate_to_tuple(at) if at else (row, column + 1)
            formula = _uncalculated(element, placeholders)
            if formula:
                formulae[row, column - 1] = formula
        elif name == "row":
            element.clear()
    return tuple(merged), formulae


def _uncalculated(cell: Any, placeholders: bool) -> str:
    """Return a cell's formula, ``=A2*2``, when it has one and nobody has calculated it."""
    parts = {part.tag.rpartition("}")[2]: part.text or "" for part in cell}
    if "f" not in parts or cell.get("t") == "str":  # text may be empty as a formula's result
        return ""
    value = parts.get("v", "")
    return "" if value and not (placeholders and value == "0") else f"={parts['f']}"
