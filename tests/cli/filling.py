"""Fill the workbooks of `bonecohort new` as a person does: values below the headings."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

TABLES = {
    "config/participants.tsv": "config/participants.xlsx",
    "readings/hounsfield.csv": "readings/hounsfield.xlsx",
    "readings/endplates.csv": "readings/endplates.xlsx",
}
"""Tables of the development data's study of tables, and where their rows belong."""


def fill_from(data: Path, study: Path) -> None:
    """Fill a new study with the rows of another."""
    for source, workbook in TABLES.items():
        text = (data / source).read_text()
        rows = csv.DictReader(text.splitlines(), delimiter="\t" if source.endswith("tsv") else ",")
        fill(study / workbook, rows)


def fill(workbook: Path, rows: Iterable[Mapping[str, str]]) -> None:
    """Append rows; a value goes below its heading, one without a heading is left out."""
    book = openpyxl.load_workbook(workbook)
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    for row in rows:
        sheet.append([row.get(name) for name in headings])
    book.save(workbook)
