"""The frames of a regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.statistics.regression.model_table import (
    PROPORTIONAL_ODDS_COLUMNS,
    family_of,
    proportional_odds_tests,
    regression_table,
)

if TYPE_CHECKING:
    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import RegressionOfVariables


def compute(asked: RegressionOfVariables, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Fit the outcome on each term alone, then on all together.

    Returns
    -------
    dict
        ``''``: one row a model and term
        (:func:`~bonecohort.statistics.regression.model_table.regression_table`);
        ``proportional_odds``: Brant's tests of ordinal models, else no row.
    """
    of = (cohort.participants, asked.outcome, asked.terms, asked.terms, cohort.variables)
    ordinal = family_of(cohort.variables[asked.outcome]) == "ordinal"
    none = pd.DataFrame(columns=list(PROPORTIONAL_ODDS_COLUMNS))
    return {
        "": regression_table(*of, errors=asked.errors),
        "proportional_odds": proportional_odds_tests(*of) if ordinal else none,
    }
