"""How well Hounsfield units find osteoporosis by densitometry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.prediction.reference_standard import ReferenceStandard, at_or_below
from bonecohort.statistics.prediction.roc_table import Predictor, roc_tables
from bonecohort.statistics.prediction.thresholds import threshold_table
from bonecohort.statistics.variables import known_variables, outcome_levels

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

PREDICTOR = "total_spine_hu"
PREDICTOR_LABEL = "total spine HU"


def reference_standard(participants: pd.DataFrame, settings: Settings) -> ReferenceStandard:
    """Return who is osteoporotic by ``analysis.reference_standard`` and its cut (≤)."""
    analysis = settings.analysis
    return at_or_below(participants, analysis.reference_standard, analysis.reference_standard_cut)


def hu_roc(participants: pd.DataFrame, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ROC results of each HU measure and the points of their curves.

    Osteoporosis is the reference standard's (T-score ≤ −2.5 by default). High values speak for
    it where more of a variable is worse, else low ones, as of HU.
    """
    variables = known_variables(settings)
    return roc_tables(
        participants,
        reference_standard(participants, settings),
        [
            Predictor(name, "above" if variables[name].direction == "higher is worse" else "below")
            for name in settings.analysis.roc_predictors
        ],
        settings.statistics.bootstrap_resamples,
        settings.statistics.seed,
    )


def threshold_sensitivity(participants: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Call spines low by each threshold of ``analysis.hu_thresholds``, with ``<`` and with ``<=``.

    The outcome is the models'; sensitivity and specificity are against the reference standard.
    """
    outcome = settings.analysis.outcome
    return threshold_table(
        participants,
        PREDICTOR,
        settings.analysis.hu_thresholds,
        outcome,
        outcome_levels(outcome, known_variables(settings)),
        standard=reference_standard(participants, settings),
        label=PREDICTOR_LABEL,
    )
