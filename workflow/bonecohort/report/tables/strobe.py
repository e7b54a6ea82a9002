"""Table S16: the STROBE checklist as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.tables.table_model import Cell, Footnote, TableModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.report.text.strobe import StrobeRow


def strobe_table(checklist: Sequence[StrobeRow]) -> TableModel:
    """Build Table S16: what STROBE asks for, and what this study answers."""
    return TableModel(
        key="checklist",
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
