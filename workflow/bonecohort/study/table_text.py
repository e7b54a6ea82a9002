"""Lines of a text table: any usual delimiter, quotes, and no more memory than a table needs."""

from __future__ import annotations

import csv
import itertools
import re
from typing import TYPE_CHECKING, TextIO

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS = ("\t", ";", ",")
DELIMITER_LINE = re.compile(r"\"?sep=(?P<delimiter>[\t;,|])\"?\s*", re.IGNORECASE)
"""The first line that declares a CSV's delimiter to Excel."""
ID_HEADER = re.compile(r"participant[\W_]*id", re.IGNORECASE)
"""The one column that every table of a study has."""
LAST_HEADER_LINE = 10
LONGEST_LINE = 1_000_000
"""Characters; a cell may hold 131,072, as many as the csv module takes."""


def text_lines(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row's last line number and its cells.

    Raises
    ------
    DataFault
        When the text is in another encoding, a quote is not closed, or a line has no end.
    """
    try:
        with path.open(encoding=encoding) as stream:
            yield from _rows(path, stream)
    except UnicodeError:
        raise DataFault(_other_encoding(path, encoding)) from None


def _rows(path: Path, stream: TextIO) -> Iterator[tuple[int, list[str]]]:
    lines = _ended_lines(path, stream)
    first = list(itertools.islice(lines, LAST_HEADER_LINE))
    first_line = next((at for at, line in enumerate(first) if line.strip()), 0)
    match = DELIMITER_LINE.fullmatch(first[first_line]) if first else None
    if match:
        first[first_line] = "\n"
    delimiter = match["delimiter"] if match else _delimiter(first)
    reader = csv.reader(itertools.chain(first, lines), delimiter=delimiter, strict=True)
    begun = 1
    try:
        for cells in reader:
            yield reader.line_num, cells
            begun = reader.line_num + 1
    except csv.Error as error:
        meant = f"a quote that opens in row {begun} may not be closed"
        raise DataFault(f"{path}, row {reader.line_num}: {error}; {meant}.") from error


def _ended_lines(path: Path, stream: TextIO) -> Iterator[str]:
    for number in itertools.count(1):
        line = stream.readline(LONGEST_LINE + 1)
        if not line:
            return
        if len(line) > LONGEST_LINE:
            raise DataFault(
                f"{path}, row {number}: a line of more than {LONGEST_LINE:,} characters; a table "
                "with one row a line is expected."
            )
        yield line


def _delimiter(first: list[str]) -> str:
    """Return the delimiter of the header; one that stands below a title shows it too."""
    filled = [line for line in first if line.strip()] or [""]
    header = next((line for line in filled if ID_HEADER.search(line)), filled[0])
    return max(DELIMITERS, key=header.count)


def _other_encoding(path: Path, encoding: str) -> str:
    """Return the reason of a text in another encoding, with the first line that shows it."""
    if encoding == "utf-16":
        return f"{path}: damaged UTF-16 text; save the table as 'CSV UTF-8', or as .xlsx."
    row = next(
        (
            number
            for number, line in enumerate(path.read_bytes().splitlines(), start=1)
            if not _is_utf8(line)
        ),
        1,
    )
    return (
        f"{path}, row {row}: not UTF-8 text, and it is not clear which encoding is meant. Excel "
        "writes plain 'CSV' in the encoding of its Windows: save the table as 'CSV UTF-8', or as "
        ".xlsx."
    )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
