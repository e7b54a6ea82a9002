"""The study's own files: made when absent, else only added to.

What is in a table already stays as it is. Lines are appended to its end, so edits, the order of
rows and columns, and the delimiter stay the user's. One thing is taken back: an ``include: no``
that was written here. This is done only while include and reason still stand as they were written.
"""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.config import CONFIG_PATH
from bonecohort.study.encodings import text_encoding
from bonecohort.study.tables import read_table
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from bonecohort.study.cells import Table

PARTICIPANT_COLUMNS = ("participant_id", "include", "exclusion_reason", "age_years", "sex")
SERIES_COLUMNS = ("participant_id", "kind", "path", "series_uid")
PROPOSAL_COLUMNS = ("participant_id", "kind", "proposed", "reason", "series_number", "n_files",
                    "path", "series_uid")  # fmt: skip
NOT_ADDED = (
    "{path}: rows can be added to .xlsx, and to text in UTF-8; this is neither. Save the table as "
    "'CSV UTF-8', or as .xlsx, and name it in config.yaml."
)
DELIMITERS = ("\t", ";", ",")
CONFIG = """\
# Settings of the study. Every key is optional; `bonecohort settings` prints them all.

# How the vertebra label maps (kind `vertebrae` in series.tsv) number their vertebrae:
# vertebrae:
#   label_scheme: totalsegmentator_v2

# A further column of participants.tsv is declared here:
# variables:
#   packs_per_year: {label: Packs per year, type: continuous, range: [0, 2000]}
"""


def write_config(study: Path) -> None:
    """Write a config.yaml to edit, unless there is one."""
    path = study / CONFIG_PATH
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONFIG, encoding="utf-8")


def read_existing(path: Path) -> Table | None:
    """Return a table that is there already; None when it is not.

    Raises
    ------
    DataFault
        When it is there and cannot be read, or is text to which no rows can be added.
    """
    if not path.exists():
        return None
    table = read_table(path)
    if path.suffix.lower() != ".xlsx" and text_encoding(path) != "utf-8-sig":
        raise DataFault(NOT_ADDED.format(path=path))
    return table


def append_rows(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Append rows to a table, under its own columns; a table that is absent is made.

    A value for a column that the table lacks is left out.
    """
    existing = read_existing(path)
    if existing is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_lines([columns, *_cells(columns, rows)], "\t", "\n"), encoding="utf-8")
    elif rows and path.suffix.lower() == ".xlsx":
        _append_to_workbook(path, rows)
    elif rows:
        _append_to_text(path, rows)


def include_rows(path: Path, left_out: Mapping[str, str]) -> tuple[str, ...]:
    """Include participants again, each given with the reason their row was written with.

    Returns the IDs whose rows still said so and were changed; all other cells stay as they are.
    """
    table = read_existing(path)
    changed = {
        row.number: row.get("participant_id")
        for row in (table.rows if table else ())
        if row.get("include") == "no"
        and row.get("exclusion_reason") == left_out.get(row.get("participant_id"), "")
        and row.get("exclusion_reason")
    }
    if changed:
        change = _include_in_workbook if path.suffix.lower() == ".xlsx" else _include_in_text
        change(path, changed)
    return tuple(changed.values())


def write_whole(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """Write a table that is the program's own, in the place of the former one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_lines([columns, *_cells(columns, rows)], "\t", "\n"), encoding="utf-8")


def _cells(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> list[list[str]]:
    return [[row.get(column, "") for column in columns] for row in rows]


def _lines(rows: Sequence[Sequence[str]], delimiter: str, end: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows(rows)
    return stream.getvalue()


def _header(raw: bytes) -> tuple[list[str], str]:
    """Return a text table's columns and its delimiter."""
    header = next(line for line in raw.decode("utf-8-sig").splitlines() if line.strip())
    delimiter = max(DELIMITERS, key=header.count)
    return [name.strip() for name in next(csv.reader([header], delimiter=delimiter))], delimiter


def _include_in_text(path: Path, numbers: Collection[int]) -> None:
    raw = path.read_bytes()
    columns, delimiter = _header(raw)
    lines = io.StringIO(raw.decode(), newline="").readlines()
    for number in numbers:
        line = lines[number - 1]
        end = line[len(line.rstrip("\r\n")) :]
        cells = next(csv.reader([line], delimiter=delimiter))
        cells[columns.index("include")] = "yes"
        cells[columns.index("exclusion_reason")] = ""
        lines[number - 1] = _lines([cells], delimiter, end)
    with whole_file(path) as unfinished:
        unfinished.write_bytes("".join(lines).encode())


def _append_to_text(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    raw = path.read_bytes()
    columns, delimiter = _header(raw)
    end = "\r\n" if b"\r\n" in raw else "\n"
    gap = "" if raw.endswith((b"\n", b"\r")) else end
    with path.open("ab") as stream:
        stream.write((gap + _lines(_cells(columns, rows), delimiter, end)).encode())


def _append_to_workbook(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with _opened(path) as (sheet, columns):
        for cells in _cells(columns, rows):
            sheet.append(cells)


def _include_in_workbook(path: Path, numbers: Collection[int]) -> None:
    with _opened(path) as (sheet, columns):
        for number in numbers:
            sheet.cell(number, columns.index("include") + 1).value = "yes"
            sheet.cell(number, columns.index("exclusion_reason") + 1).value = None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, list[str]]]:
    """Give a workbook's first sheet and its columns, and save what was changed in it."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows(values_only=True) if any(row))
    yield sheet, [str(name or "").strip() for name in header]
    with whole_file(path) as unfinished:
        book.save(unfinished)
