"""What the report says about diffusion: a table by level, methods with their works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.report.printing import format as fmt
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.techniques.dwi.methods import MODALITY
from bonecohort.techniques.dwi.pooling import left_out
from bonecohort.techniques.dwi.section import (
    FAT_HEADING,
    MEASURES,
    SUPPRESSION,
    WORKS,
    level_rows,
    methods_text,
)
from bonecohort.techniques.dwi.settings import DwiSettings
from bonecohort.techniques.dwi.technique import TECHNIQUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

TITLE = "Diffusion of the vertebral bodies, by level"
HEADINGS = (*(heading for heading, _ in MEASURES.values()), FAT_HEADING)
PICTURES = {
    "dwi.png": PagePicture(
        "ADC map with the region of each vertebral body and its ADC, or the reason for their "
        "absence"
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says about diffusion; only pictures where none was measured."""
    measurements = inputs.frame("tables/measurements.csv")
    if not (measurements["modality"] == MODALITY).any():
        return Contribution(pictures=PICTURES)
    used = settings.of(DwiSettings)
    text = methods_text(
        used,
        vertebrae(measurements, settings.levels),
        participants_flagged(inputs),
        settings.levels,
    )
    analysed = measurements[~left_out(measurements, pool_methods=used.pool_methods)]
    table = level_table(analysed, settings.levels)
    return Contribution(
        sections=(Section("diffusion", "Diffusion", (table,), parent=RESULTS),),
        measuring=(("Diffusion", text),),
        pictures=PICTURES,
        of_participants=declared_values(inputs, TECHNIQUE),
        works=WORKS,
    )


def vertebrae(measurements: pd.DataFrame, levels: Sequence[str]) -> dict[str, int]:
    """Return how many vertebrae each method measured; means over levels do not count."""
    own = measurements[measurements["modality"] == MODALITY]
    sites = own[own["site"].isin(levels)].drop_duplicates(["participant_id", "site", "method"])
    return {str(method): int(n) for method, n in sites["method"].value_counts().items()}


def participants_flagged(inputs: ReportInputs) -> dict[str, int]:
    """Return how many participants' images lack fat suppression, or do not declare it."""
    flags = inputs.frame("tables/flags.csv")
    own = flags[flags["stage"] == TECHNIQUE.name]
    return {
        code: int(own.loc[own["text"] == code, "participant_id"].nunique()) for code in SUPPRESSION
    }


def level_table(measurements: pd.DataFrame, levels: Sequence[str]) -> TableModel:
    """Build the table of values by level, a column a measure that any vertebra has.

    Parameters
    ----------
    measurements
        Rows of measurements.csv that are analysed, of any technique.
    levels
        The levels of the study.
    """
    rows = level_rows(measurements, levels)
    shown = [at for at in range(len(HEADINGS)) if any(row.values[at] != fmt.ABSENT for row in rows)]
    return TableModel(
        key="diffusion",
        title=TITLE,
        header=((Cell("Level"), Cell("Vertebrae"), *(Cell(HEADINGS[at]) for at in shown)),),
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
