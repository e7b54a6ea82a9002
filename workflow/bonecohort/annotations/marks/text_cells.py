"""Tables of marks as text: as a viewer wrote them, or as a spreadsheet saved them again."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.limits import JSON_BYTES, check_limit

if TYPE_CHECKING:
    from pathlib import Path

DELIMITERS = (",", ";", "\t")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of what Excel calls Unicode text."""
DELIMITER_LINE = re.compile(r"\"?sep=(?P<delimiter>[,;\t])\"?\s*", re.IGNORECASE)
NUMBER = r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?"
"""A number whose decimals stand behind a point or a comma."""

NumberedRow = tuple[int, list[str]]


def table_rows(path: Path) -> list[NumberedRow]:
    """Return a text table's rows, each with the number of its line; blank lines are left out.

    Without quotes, a line with commas is split at every comma, as OHIF joins cells. Other lines are
    split as RFC 4180 says.

    Raises
    ------
    DataFault
        The file is too large, no UTF-8 or UTF-16 text, or a quote in it is not closed.
    """
    check_limit(f"{path.name} has", path.stat().st_size, JSON_BYTES, "bytes")
    content = path.read_bytes()
    try:
        text = content.decode(_encoding(content))
    except UnicodeError as error:
        raise DataFault(f"{path.name} is not UTF-8 text.") from error
    try:
        return _rows(text)
    except csv.Error as error:
        raise DataFault(f"{path.name} is no readable table: {error}.") from error


def header_cells(head: bytes) -> list[str]:
    """Return the cells of a table's first row from the beginning of its file; empty for none."""
    text = head.decode(_encoding(head), "replace")
    try:
        rows = _rows("\n".join(text.splitlines()[:2]))
    except csv.Error:
        return []
    return [cell.strip() for cell in rows[0][1]] if rows else []


def number_of(text: str) -> float:
    """Return a number that matches ``NUMBER``."""
    return float(text.replace(",", "."))


def _encoding(content: bytes) -> str:
    return "utf-16" if content.startswith(UTF_16) else "utf-8-sig"


def _rows(text: str) -> list[NumberedRow]:
    lines = text.splitlines()
    delimiter_line = DELIMITER_LINE.fullmatch(lines[0]) if lines else None
    skipped = 1 if delimiter_line else 0
    header = lines[skipped] if len(lines) > skipped else ""
    delimiter = delimiter_line["delimiter"] if delimiter_line else max(DELIMITERS, key=header.count)
    if delimiter == "," and '"' not in text:
        rows = [(number, line.split(",")) for number, line in enumerate(lines, start=1)]
    else:
        reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, cells) for cells in reader]
    return [(number, cells) for number, cells in rows[skipped:] if any(c.strip() for c in cells)]
