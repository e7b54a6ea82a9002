"""The p values that a table prints, and the tests behind them, of which its footnote is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.groups import test_words
from bonecohort.report.records import Record, text_of
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, with_marks

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import PStyle

P_HEADER = Cell("p")


@dataclass
class PrintedTests:
    """Prints the p values of one column in a style, and keeps the names of their tests."""

    p_style: PStyle
    names: dict[str, None] = field(default_factory=dict)

    def cell(self, p: float | None, test: str) -> Cell:
        """Print a p value and keep which test it is of; – without one, which needs no test."""
        text = fmt.p_value(p, self.p_style)
        if text != fmt.ABSENT:
            self.names[test] = None
        return Cell(text)

    def note(self, column: str = "p") -> str:
        """Name the tests of the column: ``p, Wald’s test.``; empty where no p is printed."""
        named = [labels.TESTS.get(name, name) for name in self.names]
        return f"{column}, {' or '.join(named)}." if named else ""


def p_cell(record: Record, printer: Printer, letters: FootnoteLetters, *, name_test: bool) -> Cell:
    """Return the p value with the letters that name its test and any warning."""
    cell = Cell(printer.p(record["p_value"]))
    name_test = name_test and cell.text != fmt.ABSENT
    if name_test and text_of(record, "test"):
        cell = with_marks(cell, letters.mark(f"{labels.capitalised(test_words(record))}."))
    warning = printer.warning_sentence(text_of(record, "warning"))
    return with_marks(cell, letters.mark(warning))
