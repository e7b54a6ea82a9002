"""What the report says of bone quality scores: a table by level, methods with their works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, TableModel, first_left
from bonecohort.techniques.vbq.computed import site_of
from bonecohort.techniques.vbq.fluid import CSF_LEVEL
from bonecohort.techniques.vbq.methods import MEASURES, MODALITY, VBQ_LEVEL
from bonecohort.techniques.vbq.pooling import left_out
from bonecohort.techniques.vbq.section import WORKS, level_rows, methods_text
from bonecohort.techniques.vbq.settings import VbqSettings
from bonecohort.techniques.vbq.technique import TECHNIQUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

TITLE = "Bone quality scores on T1-weighted MR"
FOOTNOTE = (
    "Values are mean ± SD over the vertebrae measured at a level. The last row is the VBQ of "
    "participants, the median of their levels."
)
ONE_VALUE = ["participant_id", "site", "measure"]
MEAN_OF_READERS = "mean"
PICTURES = {
    "vbq.png": PagePicture(
        "Mid-sagittal T1-weighted slice with the measured regions and the scores, or the reason "
        "for their absence"
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says of the scores; only pictures where none was measured."""
    measurements = inputs.frame("tables/measurements.csv")
    own = measurements[
        (measurements["modality"] == MODALITY) & measurements["measure"].isin(MEASURES)
    ]
    if own.empty:
        return Contribution(pictures=PICTURES)
    used = settings.of(VbqSettings)
    analysed = _one_value(own[~left_out(own, pool_methods=used.pool_methods)])
    table = level_table(analysed, settings.levels, site_of(used.levels))
    text = methods_text(used, vertebrae(own), _levels_of_csf(inputs))
    return Contribution(
        sections=(Section("vbq", "Bone quality scores", (table,), parent=RESULTS),),
        measuring=(("Bone quality scores", text),),
        pictures=PICTURES,
        of_participants=declared_values(inputs, TECHNIQUE),
        works=WORKS,
    )


def vertebrae(own: pd.DataFrame) -> dict[str, int]:
    """Return how many vertebrae each method scored, by all readers together."""
    scored = own[own["measure"] == VBQ_LEVEL]
    sites = scored.drop_duplicates(["participant_id", "site", "method"])
    return {str(method): int(n) for method, n in sites["method"].value_counts().items()}


def _one_value(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of readers where there is one, else the first reader's value."""
    is_other = rows["reader"] != MEAN_OF_READERS
    ordered = rows.assign(is_other=is_other).sort_values("is_other", kind="stable")
    return ordered.drop_duplicates(ONE_VALUE).drop(columns="is_other")


def _levels_of_csf(inputs: ReportInputs) -> dict[str, int]:
    """Return how many participants' CSF is that of each level but L3."""
    flags = inputs.frame("tables/flags.csv")
    own = flags[(flags["stage"] == TECHNIQUE.name) & flags["text"].str.startswith(f"{CSF_LEVEL}: ")]
    result = own.assign(csf=own["text"].str.removeprefix(f"{CSF_LEVEL}: "))
    counts = result.groupby("csf")["participant_id"].nunique()
    return {str(level): int(n) for level, n in counts.items()}


def level_table(analysed: pd.DataFrame, levels: Sequence[str], vbq_site: str) -> TableModel:
    """Build the table of scores by level, and of the participants' VBQ in its last row."""
    header = ("Level", "n", "VBQ", "EBQ, superior endplate", "EBQ, inferior endplate")
    return TableModel(
        key="vbq",
        title=TITLE,
        header=(tuple(Cell(heading) for heading in header),),
        rows=tuple(
            (Cell(site), Cell(str(n)), *(Cell(value) for value in values))
            for site, n, values in level_rows(analysed, levels, vbq_site)
        ),
        footnotes=FootnoteLetters().footnotes([FOOTNOTE]),
        alignment=first_left(len(header)),
        series="S",
    )
