"""Tables as people keep them: TSV, CSV or Excel, read as text with their row numbers."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_DELIMITERS = ("\t", ";", ",")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff\ufffe\uffff]"
)
"""Characters that no editor shows and no report can hold."""
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. /][A-Za-z]{3}.*|\d\d?[./]\d\d?[./]\d{2,4}")
_MERGE_MARK = b"<mergeCell "
_AMBIGUOUS_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")

# What openpyxl raises on workbooks that are damaged; the errors of XML parsers are SyntaxErrors.
_BAD_WORKBOOK = (
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
class Row:
    """One row: its number as the file's editor shows it, and its cells, stripped.

    ``fault`` says why the cells cannot be trusted to stand under their columns. ``merged`` are
    the columns whose cell is part of a merged one, told in the row above. ``headers`` tells what
    the file calls a column, where that is not the column's own name.
    """

    number: int
    cells: dict[str, str]
    fault: str = ""
    merged: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, column: str) -> str:
        """Return a cell's text; empty when it is blank or the column is absent."""
        return self.cells.get(column, "")

    def header(self, column: str) -> str:
        """Return what the file calls a column."""
        return self.headers.get(column, column)


@dataclass(frozen=True)
class Table:
    """A table's columns and rows; blank rows are left out."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path) -> Table:
    """Read a ``.tsv``, ``.csv`` or ``.xlsx`` table; every cell is text, blank cells are ''.

    Raises
    ------
    DataFault
        When the file is missing, is no readable table, or names a column twice.
    """
    if path.is_dir():
        raise DataFault(f"{path}: this is a folder; a table (.tsv, .csv, .xlsx) is expected.")
    if not path.is_file():
        raise DataFault(f"{path}: this table does not exist.")
    merged: frozenset[tuple[int, int]] = frozenset()
    try:
        if path.suffix.lower() == ".xlsx":
            lines, merged = _excel_lines(path)
        else:
            lines = list(_text_lines(path))
    except OSError as error:
        raise DataFault(f"{path}: cannot be read ({error.strerror}).") from error
    filled = [(number, cells) for number, cells in lines if any(cells)]
    if not filled:
        raise DataFault(f"{path}: this table is empty; a header row is expected.")
    _, header = filled[0]
    columns = tuple(header)
    repeated = sorted({name for name in columns if name and columns.count(name) > 1})
    if repeated:
        raise DataFault(f"{path}: column {', '.join(repeated)} stands more than once.")
    rows = tuple(_row(path, number, columns, cells, merged) for number, cells in filled[1:])
    return Table(path, tuple(name for name in columns if name), rows)


def _row(
    path: Path,
    number: int,
    columns: Sequence[str],
    cells: Sequence[str],
    merged: frozenset[tuple[int, int]],
) -> Row:
    fault = ""
    if any(cells[len(columns) :]):
        fault = (
            f"{path}, row {number}: {len(cells)} cells where the header has {len(columns)}; "
            "a number with a decimal comma must be quoted, or the columns parted by ';' or tabs."
        )
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    named = {name: cell for name, cell in zip(columns, padded, strict=False) if name}
    told_above = frozenset(name for at, name in enumerate(columns) if (number, at) in merged)
    return Row(number, named, fault, told_above)


def _text_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFault(
            f"{path}: not UTF-8 text (byte {error.start}); save the table as UTF-8."
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    header = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, [_clean(cell) for cell in cells]
    except csv.Error as error:
        raise DataFault(f"{path}, row {reader.line_num}: {error}.") from error


def _excel_lines(path: Path) -> tuple[list[tuple[int, list[str]]], frozenset[tuple[int, int]]]:
    """Return the rows of the first sheet, and the cells (row, column from 0) told by a merge above.

    A cell merged over rows of one column says the same of each of them. One merged over columns
    is a title, and is left in its first cell.
    """
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of styles and features not read here
            rows, told = _first_sheet(path)
    except _BAD_WORKBOOK as error:
        raise DataFault(
            f"{path}: not a readable Excel workbook ({type(error).__name__}); open it and save it "
            "again as .xlsx, or as .csv."
        ) from error
    return list(enumerate(rows, start=1)), told


def _first_sheet(path: Path) -> tuple[list[list[str]], frozenset[tuple[int, int]]]:
    import openpyxl

    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        has_merges = any(_MERGE_MARK in archive.read(name) for name in sheets)
    with path.open("rb") as stream:
        book = openpyxl.load_workbook(stream, read_only=not has_merges, data_only=True)
        sheet = book.worksheets[0]
        rows = [
            [_excel_text(value) for value in values] for values in sheet.iter_rows(values_only=True)
        ]
        told: set[tuple[int, int]] = set()
        for area in sheet.merged_cells.ranges if has_merges else ():
            if area.min_col == area.max_col:
                column = area.min_col - 1
                for row in range(area.min_row, area.max_row):
                    rows[row][column] = rows[area.min_row - 1][column]
                    told.add((row + 1, column))
    return rows, frozenset(told)


def _excel_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _clean(str(value))


def _clean(cell: str) -> str:
    # A space, for what stood on both sides is not one word, nor one number.
    return _INVISIBLE.sub(" ", cell).strip()


def parse_number(text: str) -> float:
    """Return the number a cell holds; a decimal comma is read where it is unambiguous.

    Raises
    ------
    ValueError
        When the text is no number, or could be read in two ways (``1,234``).
    """
    text = text.replace("\u2212", "-")  # the typographic minus sign
    if _DATE.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a number but a date, which Excel makes of numbers such as 3.6; "
            "format the column as text and type the number again"
        )
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    if _AMBIGUOUS_THOUSANDS.fullmatch(text):
        raise ValueError(f"{text!r} may mean a decimal comma or thousands; write a decimal point")
    number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is larger than any number a computer holds")
    return number


def decimals_of(text: str) -> int:
    """Return how many decimals a number's text shows (``3.60`` has two)."""
    fraction = re.split(r"[.,]", re.split(r"[eE]", text)[0])
    return len(fraction[1]) if len(fraction) > 1 else 0
