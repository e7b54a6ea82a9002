"""What is said of a grouping or outcome that the variables compared define."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.statistics.variables import circular

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.settings import Settings


def circular_note(split: str, names: Iterable[str], settings: Settings) -> str:
    """Say which comparisons are circular; empty where none is."""
    found = circular(split, dict.fromkeys(names))
    if not found:
        return ""
    named = fmt.joined([labels.in_sentence(labels.label(name, settings)) for name in found])
    split_label = labels.in_sentence(labels.label(split, settings))
    return (
        f"Circular: {split_label} is defined by, or from the same values as, {named}; that these "
        "differ is no finding, and their p values tell nothing."
    )


def circular_notes(settings: Settings) -> dict[str, str]:
    """Return the note of each table that compares or models what its split is made of."""
    analysis = settings.analysis
    terms = (*analysis.univariate_terms, *analysis.multivariable_terms)
    table_2 = (
        circular_note(grouping, analysis.table2_rows, settings)
        for grouping in analysis.table2_groupings
    )
    notes = {
        "Table 1": circular_note(analysis.table1_grouping, analysis.table1_rows, settings),
        "Table 2": " ".join(filter(None, table_2)),
        "Table 3": circular_note(analysis.outcome, terms, settings),
    }
    return {table: note for table, note in notes.items() if note}
