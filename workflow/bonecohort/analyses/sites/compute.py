"""The frames of a regression of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.statistics.regression.clustered_table import clustered_results
from bonecohort.statistics.regression.mixed_table import MIXED_COLUMNS, mixed_results
from bonecohort.statistics.regression.site_questions import site_question

if TYPE_CHECKING:
    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import Sites


def compute(asked: Sites, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Fit an outcome of sites with participants as the independent units.

    Returns
    -------
    dict
        ``''``: the naive regression beside cluster-robust ones and generalized estimating
        equations, one row a term and method; ``shown`` marks the recommended one.
        ``mixed``: a random intercept a participant, of continuous outcomes; else no row.
    """
    question = site_question(cohort.sites, asked.outcome, asked.terms, cohort.site_variables)
    none = pd.DataFrame(columns=list(MIXED_COLUMNS))
    return {
        "": clustered_results([question]),
        "mixed": none if question.event else mixed_results([question]),
    }
