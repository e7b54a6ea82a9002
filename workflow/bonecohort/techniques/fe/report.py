"""What the report says of bone strength: a table by site, methods with their works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.section import RESULTS, Contribution, PagePicture, Section
from bonecohort.techniques.fe.methods import MODALITY
from bonecohort.techniques.fe.pooling import left_out
from bonecohort.techniques.fe.section import WORKS, methods_text, site_table
from bonecohort.techniques.fe.settings import FeSettings
from bonecohort.techniques.fe.technique import TECHNIQUE

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

PICTURES = {
    "fe.png": PagePicture(
        "Effective strain on three cuts of each model with its failure load, or the reason for its "
        "absence"
    )
}


def contribution(inputs: ReportInputs, settings: Settings, _: Printer) -> Contribution:
    """Return what the report says of bone strength; only pictures where none was measured."""
    measurements = inputs.frame("tables/measurements.csv")
    own = measurements[measurements["modality"] == MODALITY]
    if own.empty:
        return Contribution(pictures=PICTURES)
    used = settings.of(FeSettings)
    analysed = own[~left_out(own, pool_methods=used.pool_methods)]
    table = site_table(analysed, settings.levels)
    return Contribution(
        sections=(Section("strength", "Bone strength", (table,), parent=RESULTS),),
        measuring=(("Bone strength", methods_text(used, bones(own))),),
        pictures=PICTURES,
        of_participants=declared_values(inputs, TECHNIQUE),
        works=WORKS,
    )


def bones(own: pd.DataFrame) -> dict[str, int]:
    """Return how many bones each method measured; ``own`` holds the technique's rows."""
    sites = own.drop_duplicates(["participant_id", "site", "method"])
    return {str(method): int(n) for method, n in sites["method"].value_counts().items()}
