"""The printed tables as CSV: the texts of the report, one file a table."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

FORMULA_STARTS = ("=", "+", "-", "@")
NUMBER = re.compile(r"[+-][\d.,]+%?([ (–][^-+*/^&|!'\"=<>]*)?")
"""A signed number, alone or with what a table prints behind it: nothing to calculate with."""

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.tables.table_model import Row, TableModel


def write_csv(path: Path, model: TableModel) -> None:
    """Write one table: its title, head and rows, then a line for each note.

    Footnote letters stand after the text in square brackets, so that a printed number stays
    apart from them. A text that begins as a formula has an apostrophe before it. UTF-8 with a
    byte-order mark, which Excel needs to read ± and – right.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([f"{model.name}. {model.title}"])
        if model.is_absent:
            writer.writerow([f"Not shown: {model.absent_because}"])
        for row in (*model.header, *model.rows):
            writer.writerow(_texts(row))
        for note in model.footnotes:
            writer.writerow([f"[{note.mark}] {note.text}" if note.mark else note.text])


def _texts(row: Row) -> list[str]:
    texts: list[str] = []
    for cell in row:
        marks = f" [{cell.marks}]" if cell.marks else ""
        indent = "  " if cell.indent else ""
        text = " ".join(cell.text.split("\n"))
        texts += [_as_text(f"{indent}{text}{marks}"), *[""] * (cell.span - 1)]
    return texts


def _as_text(text: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula; numbers stay numbers."""
    is_formula = text.lstrip()[:1] in FORMULA_STARTS and not NUMBER.fullmatch(text.strip())
    return f"'{text}" if is_formula else text
