"""How well each predictor finds the cases of a reference standard."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.effects.proportions import wilson_interval
from bonecohort.statistics.prediction.roc import (
    auc_delong,
    bootstrap_youden_cut,
    roc_curve,
    why_no_curve,
    youden_cut,
)
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.prediction.reference_standard import ReferenceStandard
    from bonecohort.statistics.prediction.roc import Direction, RocCurve

ROC_COLUMNS = (
    "predictor", "outcome", "direction", "n", "events", "n_missing",
    "auc", "standard_error", "ci_low", "ci_high",
    "youden_cut", "youden_cut_ci_low", "youden_cut_ci_high", "youden_index",
    "sensitivity", "sensitivity_ci_low", "sensitivity_ci_high",
    "specificity", "specificity_ci_low", "specificity_ci_high",
    "resamples", "seed", "warning",
)  # fmt: skip
CURVE_COLUMNS = ("predictor", "outcome", "direction", "cut", "sensitivity", "specificity")


@dataclass(frozen=True)
class Predictor:
    """A column, and whether its low (``below``) or high values (``above``) speak for a case."""

    name: str
    direction: Direction


@dataclass(frozen=True)
class Accuracy:
    """Sensitivity and specificity of a rule, with Wilson's 95% limits."""

    sensitivity: float = np.nan
    sensitivity_ci_low: float = np.nan
    sensitivity_ci_high: float = np.nan
    specificity: float = np.nan
    specificity_ci_low: float = np.nan
    specificity_ci_high: float = np.nan


def accuracy(positive: NDArray[np.bool_], diseased: NDArray[np.bool_]) -> Accuracy:
    """Return sensitivity and specificity of ``positive`` for ``diseased``, both of shape (n,)."""
    n_diseased, n_healthy = int(diseased.sum()), int((~diseased).sum())
    true_positives = int((positive & diseased).sum())
    true_negatives = int((~positive & ~diseased).sum())
    return Accuracy(
        true_positives / n_diseased if n_diseased else np.nan,
        *wilson_interval(true_positives, n_diseased),
        true_negatives / n_healthy if n_healthy else np.nan,
        *wilson_interval(true_negatives, n_healthy),
    )


def roc_tables(
    participants: pd.DataFrame,
    standard: ReferenceStandard,
    predictors: Sequence[Predictor],
    resamples: int,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ROC results of each predictor and the points of their curves.

    Each predictor is judged on the participants who have it and the reference standard. Cuts are
    in the predictor's unit; a case is called below or above them as its direction says. The
    limits of Youden's cut are percentiles of ``resamples`` bootstrap samples within each outcome.
    """
    rows: list[dict[str, Any]] = []
    points: list[pd.DataFrame] = []
    for predictor in predictors:
        name, direction = predictor.name, predictor.direction
        facts = {"predictor": name, "outcome": standard.name, "direction": direction}
        reason = standard.warning or _why_no_predictor(participants, name)
        if reason:
            rows.append({**facts, "warning": reason})
            continue
        scores = pd.to_numeric(participants[name])
        known = scores.notna() & standard.positive.notna()
        values = scores[known].to_numpy(dtype=np.float64)
        events = standard.positive[known].to_numpy(dtype=bool)
        row = _row(values, events, direction, resamples, seed)
        rows.append({**facts, "n_missing": int((~known).sum()), **row})
        if not why_no_curve(events):
            points.append(curve_points(facts, roc_curve(values, events, direction)))
    return (
        pd.DataFrame(rows, columns=list(ROC_COLUMNS)),
        pd.concat(points) if points else pd.DataFrame(columns=list(CURVE_COLUMNS)),
    )


def curve_points(facts: dict[str, Any], curve: RocCurve) -> pd.DataFrame:
    """Return a curve's points, one a cut, beside the facts that name it."""
    points = pd.DataFrame(
        {"cut": curve.cuts, "sensitivity": curve.sensitivity, "specificity": curve.specificity}
    )
    return points.assign(**facts)[[*facts, *points.columns]]


def _why_no_predictor(participants: pd.DataFrame, predictor: str) -> str:
    if predictor not in participants:
        return f"not done: the table has no column {predictor}"
    return "" if participants[predictor].notna().any() else f"not done: {predictor} has no value"


def _row(
    values: NDArray[np.float64],
    events: NDArray[np.bool_],
    direction: Direction,
    resamples: int,
    seed: int,
) -> dict[str, Any]:
    sizes = {"n": events.size, "events": int(events.sum())}
    area = auc_delong(values, events, direction)
    if why_no_curve(events):
        return {**sizes, "warning": area.warning}
    curve = roc_curve(values, events, direction)
    best = youden_cut(curve)
    if best.youden_index == 0:
        return {**sizes, **asdict(area), "warning": joined(area.warning, best.warning)}
    cuts = bootstrap_youden_cut(values, events, direction, resamples, seed)
    low, high, unstable = _cut_interval(cuts)
    positive = values < best.cut if direction == "below" else values > best.cut
    return {
        **sizes,
        **asdict(area),
        **asdict(accuracy(positive, events)),
        "youden_cut": best.cut,
        "youden_index": best.youden_index,
        "youden_cut_ci_low": low,
        "youden_cut_ci_high": high,
        "resamples": resamples,
        "seed": seed,
        "warning": joined(area.warning, best.warning, unstable),
    }


def _cut_interval(cuts: NDArray[np.float64]) -> tuple[float, float, str]:
    result = cuts[np.isfinite(cuts)]
    without = cuts.size - result.size
    warning = f"{without} of {cuts.size} resamples had no cut better than chance" * (without > 0)
    low, high = percentile_interval(result)
    return low, high, warning


def percentile_interval(values: Sequence[float] | NDArray[np.float64]) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile; NaN of nothing."""
    if len(values) == 0:
        return np.nan, np.nan
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)
