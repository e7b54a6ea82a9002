"""The footnote letters of a row: its warnings, and the reason why it has no result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.records import Record, text_of
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, with_marks

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer


def remarked(
    cell: Cell,
    row: Record,
    printer: Printer,
    letters: FootnoteLetters,
    without: tuple[str, ...] = (),
) -> Cell:
    """Return the cell with the letters of a row's warnings and of the reason it has no result.

    ``without`` are warnings that the table's general notes hold.
    """
    marks = [
        letters.mark(printer.warning_sentence(part))
        for column in ("reason", "warnings", "warning")
        for part in text_of(row, column).split("; ")
        if part and part not in without
    ]
    return with_marks(cell, *dict.fromkeys(marks))
