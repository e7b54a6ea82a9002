"""What the report says about the fat fraction: a table by level, methods with their works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.techniques.fat_fraction.methods import MODALITY
from bonecohort.techniques.fat_fraction.section import MEASURES, WORKS, level_rows, methods_text
from bonecohort.techniques.fat_fraction.settings import MrFatSettings
from bonecohort.techniques.fat_fraction.technique import TECHNIQUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

TITLE = "Fat fraction and R2* of the vertebral bodies, by level"
PICTURES = {
    "fat_fraction.png": PagePicture(
        "MR with the region of each vertebral body and its fat fraction, or the reason for their "
        "absence"
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says about the fat fraction; only pictures where none was measured."""
    measurements = inputs.frame("tables/measurements.csv")
    own = measurements[measurements["modality"] == MODALITY]
    if own.empty:
        return Contribution(pictures=PICTURES)
    used = settings.of(MrFatSettings)
    of_levels = own[own["site"].isin(settings.levels)]  # their means are no vertebrae
    table = level_table(own, settings.levels)
    return Contribution(
        sections=(Section("fat-fraction", "Fat fraction", (table,), parent=RESULTS),),
        measuring=(("Fat fraction", methods_text(used, vertebrae(of_levels), settings.levels)),),
        pictures=PICTURES,
        of_participants=declared_values(inputs, TECHNIQUE),
        works=WORKS,
    )


def vertebrae(own: pd.DataFrame) -> dict[str, int]:
    """Return how many vertebrae each method measured; ``own`` holds the technique's rows."""
    sites = own.drop_duplicates(["participant_id", "site", "method"])
    return {str(method): int(n) for method, n in sites["method"].value_counts().items()}


def level_table(own: pd.DataFrame, levels: Sequence[str]) -> TableModel:
    """Build the table of values by level, a column a measure that any vertebra has.

    Parameters
    ----------
    own
        The technique's rows of measurements.csv.
    levels
        The levels of the study.
    """
    rows = level_rows(own, levels)
    shown = [
        place
        for place in range(len(MEASURES))
        if any(row.values[place] != fmt.ABSENT for row in rows)
    ]
    headings = [heading for heading, _ in MEASURES.values()]
    return TableModel(
        key="fat_fraction",
        title=TITLE,
        header=((Cell("Level"), Cell("Vertebrae"), *(Cell(headings[at]) for at in shown)),),
        rows=tuple(
            (Cell(row.level), Cell(str(row.n)), *(Cell(row.values[at]) for at in shown))
            for row in rows
        ),
        footnotes=FootnoteLetters().footnotes(
            [
                (
                    "Values are mean ± SD over the vertebrae measured at a level. Where another "
                    "number of them has a measure, it stands beside the value."
                )
            ]
        ),
        alignment=first_left(2 + len(shown)),
        series="S",
    )
