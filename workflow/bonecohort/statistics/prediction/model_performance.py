"""Discrimination and calibration of each logistic model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy.special import expit

from bonecohort.statistics.prediction.calibration import (
    brier,
    calibration_curve,
    calibration_groups,
    calibration_intercept,
    calibration_slope,
    hosmer_lemeshow,
)
from bonecohort.statistics.prediction.optimism import bootstrap_optimism
from bonecohort.statistics.prediction.roc import auc_delong, roc_curve
from bonecohort.statistics.prediction.roc_table import curve_points
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.statistics.regression.logistic import LogisticFit
    from bonecohort.statistics.regression.model_diagnostics import FittedModel

PERFORMANCE_COLUMNS = (
    "model", "variables", "outcome", "n", "events", "n_missing", "n_terms", "events_per_variable",
    "auc", "auc_standard_error", "auc_ci_low", "auc_ci_high",
    "brier", "brier_of_constant", "brier_scaled",
    "calibration_intercept", "calibration_intercept_ci_low", "calibration_intercept_ci_high",
    "calibration_slope", "calibration_slope_ci_low", "calibration_slope_ci_high",
    "hosmer_lemeshow", "hosmer_lemeshow_df", "hosmer_lemeshow_p_value", "hosmer_lemeshow_groups",
    "auc_optimism", "auc_corrected", "calibration_slope_corrected", "resamples", "seed",
    "warning",
)  # fmt: skip
CALIBRATION_COLUMNS = (
    "model", "variables", "curve", "point", "n", "events",
    "predicted", "observed", "ci_low", "ci_high",
)  # fmt: skip
MODEL_ROC_COLUMNS = ("model", "variables", "direction", "cut", "sensitivity", "specificity")
APPARENT = (
    "calibration intercept and slope of a model in its own data are 0 and 1 by construction; "
    "the corrected slope shows how far its predictions are too extreme"
)


def model_performance(models: Sequence[FittedModel], resamples: int, seed: int) -> pd.DataFrame:
    """Return one row a model: discrimination, calibration, Brier score, optimism.

    All but the corrected columns judge the model in the data it was fitted to; these take the
    optimism of so many bootstrap samples off.
    """
    rows = []
    for model in models:
        events, n_terms = model.data.events, len(model.terms)
        rarer = min(int(events.sum()), int((~events).sum()))
        row: dict[str, Any] = {
            **model.facts,
            "outcome": model.outcome,
            "n": events.size,
            "events": int(events.sum()),
            "n_missing": model.data.n_missing,
            "n_terms": n_terms,
            "events_per_variable": rarer / n_terms if n_terms else None,
            "warning": model.reason,
        }
        if model.fit and not model.reason:
            row |= _judged(model, model.fit, resamples, seed)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(PERFORMANCE_COLUMNS))


def calibration_table(models: Sequence[FittedModel]) -> pd.DataFrame:
    """Return the calibration curves: ``groups`` (deciles of risk) and ``lowess`` of each model."""
    result = [
        curve(expit(model.fit.log_odds), model.data.events).assign(**model.facts)
        for model in models
        if model.fit and not model.reason
        for curve in (calibration_groups, calibration_curve)
    ]
    if not result:
        return pd.DataFrame(columns=list(CALIBRATION_COLUMNS))
    return pd.concat(result).reindex(columns=list(CALIBRATION_COLUMNS))


def model_curves(models: Sequence[FittedModel]) -> pd.DataFrame:
    """Return the ROC curve of each model's predicted probabilities."""
    result = [
        curve_points(
            {**model.facts, "direction": "above"},
            roc_curve(expit(model.fit.log_odds), model.data.events, "above"),
        )
        for model in models
        if model.fit and not model.reason
    ]
    return pd.concat(result) if result else pd.DataFrame(columns=list(MODEL_ROC_COLUMNS))


def _judged(model: FittedModel, fit: LogisticFit, resamples: int, seed: int) -> dict[str, Any]:
    events, log_odds = model.data.events, fit.log_odds
    probabilities = expit(log_odds)
    area = auc_delong(log_odds, events, "above")
    score = brier(probabilities, events)
    intercept = calibration_intercept(log_odds, events)
    slope, slope_warning = calibration_slope(log_odds, events)
    groups = hosmer_lemeshow(probabilities, events)
    optimism = bootstrap_optimism(model.columns, events, resamples, seed)
    return {
        "auc": area.auc,
        "auc_standard_error": area.standard_error,
        "auc_ci_low": area.ci_low,
        "auc_ci_high": area.ci_high,
        "brier": score.score,
        "brier_of_constant": score.of_constant,
        "brier_scaled": score.scaled,
        "calibration_intercept": intercept.estimate,
        "calibration_intercept_ci_low": intercept.ci_low,
        "calibration_intercept_ci_high": intercept.ci_high,
        "calibration_slope": slope.estimate,
        "calibration_slope_ci_low": slope.ci_low,
        "calibration_slope_ci_high": slope.ci_high,
        "hosmer_lemeshow": groups.statistic,
        "hosmer_lemeshow_df": groups.df,
        "hosmer_lemeshow_p_value": groups.p_value,
        "hosmer_lemeshow_groups": groups.groups,
        "auc_optimism": optimism.auc,
        "auc_corrected": area.auc - optimism.auc,
        "calibration_slope_corrected": 1 - optimism.slope,
        "resamples": optimism.resamples,
        "seed": seed,
        "warning": joined(
            model.remark, area.warning, slope_warning, groups.warning, optimism.warning, APPARENT
        ),
    }
