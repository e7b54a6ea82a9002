"""The frame of the agreement of readers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.agreement.agreement_table import agreement_of_readers
from bonecohort.statistics.agreement.readings import Measured, by_reader, of_single_readers
from bonecohort.study.catalogue import column_name, measures_by_name

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import Agreement

AMONG = "all sites"


def compute(asked: Agreement, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Compare the readers of each measure.

    Returns
    -------
    dict
        ``''``: one row a measure, readers and statistic
        (:func:`~bonecohort.statistics.agreement.agreement_table.agreement_of_readers`).
    """
    rows = of_single_readers(cohort.measurements)
    names = [column_name(*key) for key in zip(rows["modality"], rows["measure"], strict=True)]
    measures = []
    for name in map(measures_by_name().__getitem__, asked.measures):
        own = rows[[one == name for one in names]]
        own = own.drop_duplicates(["participant_id", "site", "reader"])
        values = by_reader(own, ["participant_id", "site"])
        unit = cohort.site_variables[name].unit
        measures.append(Measured(name, AMONG, values, unit=unit))
    return {"": agreement_of_readers(measures, [])}
