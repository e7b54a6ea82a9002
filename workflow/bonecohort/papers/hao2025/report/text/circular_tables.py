"""Which of the tables compare or model what their own split is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.circular_variables import circular_note

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings


def circular_notes(settings: Settings, printer: Printer) -> dict[str, str]:
    """Return the note of each table that compares or models what its split is made of."""
    analysis = settings.analysis
    terms = (*analysis.univariate_terms, *analysis.multivariable_terms)
    table_2 = (
        circular_note(grouping, analysis.table2_rows, printer)
        for grouping in analysis.table2_groupings
    )
    notes = {
        "[#characteristics]": circular_note(
            analysis.table1_grouping, analysis.table1_rows, printer
        ),
        "[#sizes]": " ".join(filter(None, table_2)),
        "[#factors]": circular_note(analysis.outcome, terms, printer),
    }
    return {table: note for table, note in notes.items() if note}
