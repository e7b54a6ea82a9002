"""The rows and cells of tables as people keep them, whatever file they come from."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.study.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff\ufffe\uffff]"
)
"""Characters that no editor shows and no report can hold."""
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d.*|\d{1,2}[-. /][A-Za-z]{3}.*|\d\d?[./]\d\d?[./]\d{2,4}")
_AMBIGUOUS_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_ERROR = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|[A-Z]+[/!?].*)")
_LONGEST_SHOWN = 60
_MOST_NAMED = 20
"""Unknown columns named one by one, before the rest is counted."""


@dataclass(frozen=True)
class Row:
    """One row: its number as the file's editor shows it, and its cells, stripped.

    ``fault`` says why the cells cannot be trusted to stand under their columns. ``merged`` are the
    columns whose cell is part of a merged one, written in the row above. ``headers`` holds what the
    file calls a column, where that is not the column's own name.
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
    """A table's columns and rows; blank rows are left out.

    ``notes`` say how the file was read, where that is not plain.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def without_invisible(text: str) -> str:
    """Return a text with a space for each character that no editor shows.

    A space, for what stood on both sides is not one word, nor one number.
    """
    return _INVISIBLE.sub(" ", text)


def parse_number(text: str) -> float:
    """Return the number a cell holds; a decimal comma is read where it is unambiguous.

    Raises
    ------
    ValueError
        When the text is no number, or could be read in two ways (``1,234``).
    """
    text = text.replace("\u2212", "-")  # the typographic minus sign
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a number{spoilt_by_excel(text)}")
    if _AMBIGUOUS_THOUSANDS.fullmatch(text):
        raise ValueError(f"{text!r} may mean a decimal comma or thousands; write a decimal point")
    number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError(f"{shown(text)} is larger than any number a computer holds")
    return number


def shown(text: str) -> str:
    """Return a cell as a message quotes it, not longer than a line."""
    return repr(_quotable(text))


def spoilt_by_excel(text: str) -> str:
    """Return what a spreadsheet program made of a cell, and what to do; '' for other texts."""
    if text.startswith("="):
        return (
            " but a formula that was never calculated; open the file in Excel or LibreOffice and "
            "save it"
        )
    if _ERROR.fullmatch(text):
        return " but an error of Excel's; mend the formula, or clear the cell if it is missing"
    if _DATE.fullmatch(text):
        return (
            " but a date, which Excel makes of numbers such as 3.6; format the column as text "
            "and type the number again"
        )
    return ""


def column_names(table: Table, most: int = _MOST_NAMED) -> str:
    """Return the names of a table's columns, the first ones of very many."""
    names = [_quotable(name) for name in table.columns[:most]]
    more = len(table.columns) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")


def unknown_columns(table: Table, known: Collection[str], advice: str = "") -> Iterator[str]:
    """Yield a problem for every column of a table that has no meaning in it."""
    unknown = [column for column in table.columns if column not in known]
    for column in unknown[:_MOST_NAMED]:
        yield (
            f"{table.path}: unknown column '{_quotable(column)}'; {did_you_mean(column, known)}"
            f"{advice}"
        )
    if len(unknown) > _MOST_NAMED:
        yield f"{table.path}: {len(unknown) - _MOST_NAMED:,} more unknown columns."


def _quotable(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:_LONGEST_SHOWN]}…"


def decimals_of(text: str) -> int:
    """Return how many decimals a number's text shows (``3.60`` has two)."""
    fraction = re.split(r"[.,]", re.split(r"[eE]", text)[0])
    return len(fraction[1]) if len(fraction) > 1 else 0
