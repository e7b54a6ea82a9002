"""The frame of a correlation matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.effects.correlation_table import correlation_matrix, site_correlations

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import CorrelationOfVariables


def compute(asked: CorrelationOfVariables, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Correlate each two of the variables, among participants or among their sites.

    Returns
    -------
    dict
        ``''``: one row a pair; of sites three, which ``among`` distinguishes
        (:mod:`~bonecohort.statistics.effects.correlation_table`).
    """
    if asked.among == "sites":
        correlate, rows, variables = site_correlations, cohort.sites, cohort.site_variables
    else:
        correlate, rows, variables = correlation_matrix, cohort.participants, cohort.variables
    return {"": correlate(rows, asked.of, variables, asked.method, asked.adjust_for)}
