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

    from bonecohort.study.settings import Settings

SIGNIFICANCE = 0.05
CI = "CI, confidence interval"


def term_label(row: Record, settings: Settings, *, with_unit: bool = True) -> str:
    """Print a model's term: a category against the reference, or a variable with its unit."""
    match = CATEGORY_TERM.match(row["term"])
    if not match:
        printed = labels.label_with_unit if with_unit else labels.label
        return printed(row["term"], settings)
    name = labels.label(match["variable"], settings)
    return f"{name}: {match['category']} vs. {text_of(row, 'reference')}"


def p_cell(p: float | None, settings: Settings) -> Cell:
    """Print a p value in the study's style."""
    return Cell(fmt.p_value(p, settings.report.p_style))


def warned(
    cell: Cell, rows: Sequence[Record], settings: Settings, letters: FootnoteLetters
) -> Cell:
    """Return the cell with the footnotes of the rows' warnings and reasons."""
    for row in rows:
        for column in ("reason", "warning", "warnings"):
            mark = letters.mark(labels.warning_sentence(text_of(row, column), settings))
            if mark not in cell.marks.split(","):
                cell = with_marks(cell, mark)
    return cell


def named(names: Sequence[str], settings: Settings) -> str:
    """Print variables as running text lists them."""
    return fmt.joined([labels.in_sentence(labels.label(name, settings)) for name in names])
