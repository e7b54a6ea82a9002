"""The frames of ROC curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.prediction.auc_comparison import auc_comparisons
from bonecohort.statistics.prediction.reference_standard import at_or_below, of_category
from bonecohort.statistics.prediction.roc_table import Predictor, roc_tables

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.statistics.prediction.reference_standard import ReferenceStandard
    from bonecohort.study.analysis_entries import Roc


def compute(asked: Roc, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Judge each predictor by an outcome, and compare each two.

    High values speak for the event where more of a variable is worse, else low ones.

    Returns
    -------
    dict
        ``''``: one row a predictor with its area, Youden's cut, sensitivity and specificity;
        ``curves``: their points; ``compared``: DeLong's test of each two.
    """
    predictors = [
        Predictor(
            name, "above" if cohort.variables[name].direction == "higher is worse" else "below"
        )
        for name in asked.predictors
    ]
    settings = cohort.settings.statistics
    judged = standard(asked, cohort)
    table, curves = roc_tables(
        cohort.participants, judged, predictors, settings.bootstrap_resamples, settings.seed
    )
    compared = auc_comparisons(cohort.participants, judged, predictors)
    return {"": table, "curves": curves, "compared": compared}


def standard(asked: Roc, cohort: Cohort) -> ReferenceStandard:
    """Return who has the outcome."""
    if asked.at_or_below is not None:
        return at_or_below(cohort.participants, asked.of, asked.at_or_below)
    return of_category(cohort.participants, asked.of, cohort.variables[asked.of].levels)
