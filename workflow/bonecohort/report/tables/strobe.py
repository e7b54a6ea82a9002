"""Table S16: the STROBE checklist as a table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.report.tables.table_model import Cell, Footnote, TableModel

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bonecohort.report.text.strobe import StrobeRow


CHECKLIST = "checklist"
"""Key of the table."""


def strobe_table(checklist: Sequence[StrobeRow]) -> TableModel:
    """Build Table S16: what STROBE asks for, and what this study answers."""
    return TableModel(
        key=CHECKLIST,
        series="S",
        title="STROBE checklist for cross-sectional studies",
        header=(
            (
                Cell("Item"),
                Cell("Topic"),
                Cell("Recommendation"),
                Cell("This study"),
                Cell("Where"),
            ),
        ),
        rows=tuple(
            (
                Cell(row.item),
                Cell(row.topic),
                Cell(row.recommendation),
                Cell(row.answer),
                Cell(row.where),
            )
            for row in checklist
        ),
        footnotes=(
            Footnote(
                "",
                "Items after von Elm et al. 2007, in other words. Filled where the workflow knows "
                "the answer.",
            ),
        ),
        alignment=("left", "left", "left", "left", "left"),
        wide=True,
    )


def without_places(table: TableModel, titles: Collection[str]) -> TableModel:
    """Return the checklist without sections of these titles among the places of its answers."""
    rows = []
    for *cells, where in table.rows:
        places = [place for place in where.text.split("; ") if place not in titles]
        rows.append((*cells, replace(where, text="; ".join(places))))
    return replace(table, rows=tuple(rows))
