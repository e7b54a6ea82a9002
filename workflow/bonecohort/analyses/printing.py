"""How the listed analyses print terms, p values and warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.terms import CATEGORY_TERM
from bonecohort.report.records import Record, text_of
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, with_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.report.printing.printer import Printer

SIGNIFICANCE = 0.05
CI = "CI, confidence interval"


def term_label(row: Record, printer: Printer, *, with_unit: bool = True) -> str:
    """Print a model's term: a category against the reference, or a variable with its unit."""
    match = CATEGORY_TERM.match(row["term"])
    if not match:
        name = row["term"]
        return printer.label_with_unit(name) if with_unit else printer.label(name)
    name = printer.label(match["variable"])
    return f"{name}: {match['category']} vs. {text_of(row, 'reference')}"


def p_cell(p: float | None, printer: Printer) -> Cell:
    """Print a p value in the study's style."""
    return Cell(printer.p(p))


def warned(cell: Cell, rows: Sequence[Record], printer: Printer, letters: FootnoteLetters) -> Cell:
    """Return the cell with the footnotes of the rows' warnings and reasons."""
    for row in rows:
        for column in ("reason", "warning", "warnings"):
            mark = letters.mark(printer.warning_sentence(text_of(row, column)))
            if mark not in cell.marks.split(","):
                cell = with_marks(cell, mark)
    return cell


def named(names: Sequence[str], printer: Printer) -> str:
    """Print variables as running text lists them."""
    return fmt.joined([labels.in_sentence(printer.label(name)) for name in names])
