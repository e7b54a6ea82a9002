"""How much results depend on a threshold: below it, and at or below it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.statistics.prediction.roc_table import accuracy
from bonecohort.statistics.values import joined, ranked_precision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.prediction.reference_standard import ReferenceStandard

THRESHOLD_COLUMNS = (
    "predictor", "threshold", "rule", "n", "n_missing", "n_below", "percent_below",
    "outcome", "n_outcome_known", "below_with_outcome", "below_without_outcome",
    "above_with_outcome", "above_without_outcome",
    "odds_ratio", "ci_low", "ci_high", "p_value", "fisher_p_value",
    "reference_standard", "n_reference", "n_diseased",
    "sensitivity", "sensitivity_ci_low", "sensitivity_ci_high",
    "specificity", "specificity_ci_low", "specificity_ci_high", "warning",
)  # fmt: skip
P_VALUE_TEST = "wald"
"""The test behind ``p_value``."""


def threshold_table(
    participants: pd.DataFrame,
    predictor: str,
    thresholds: Sequence[float],
    outcome: str,
    levels: tuple[str, str],
    *,
    standard: ReferenceStandard,
    label: str,
) -> pd.DataFrame:
    """Call values of the predictor low by each threshold, with ``<`` and with ``<=``.

    The odds ratio is that of the outcome in low against other values, with Woolf's 95% limits
    and Wald's p: what a logistic regression on the one binary term gives. Fisher's p stands
    beside it and remains where a cell is empty. Sensitivity and specificity are against the
    reference standard, with Wilson's limits.

    Parameters
    ----------
    predictor, label
        A numeric column, and what it is called in warnings.
    thresholds
        In the predictor's unit.
    outcome, levels
        A categorical column, and its level without the event, then with it.
    """
    measured = pd.to_numeric(participants[predictor])
    known = participants[measured.notna()]
    values = ranked_precision(measured.dropna().to_numpy(dtype=np.float64))
    rows = [
        {
            "predictor": predictor,
            "threshold": threshold,
            "rule": rule,
            "n_missing": len(participants) - len(known),
            **_row(values < threshold if rule == "<" else values <= threshold,
                   known[outcome], levels, standard, label),
            "outcome": outcome,
        }
        for threshold in thresholds
        for rule in ("<", "<=")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(THRESHOLD_COLUMNS))


def _row(
    below: NDArray[np.bool_],
    outcome: pd.Series,
    levels: tuple[str, str],
    standard: ReferenceStandard,
    label: str,
) -> dict[str, Any]:
    answered = outcome.isin(levels).to_numpy()
    events = (outcome == levels[-1]).to_numpy()[answered]
    low = below[answered]
    counts = np.array(
        [[(side & event).sum() for event in (events, ~events)] for side in (low, ~low)]
    )
    judged = standard.positive.loc[outcome.index]
    has_reference = judged.notna().to_numpy()
    diseased = judged.to_numpy(dtype=np.float64)[has_reference] == 1
    association = _association(counts)
    return {
        "n": below.size,
        "n_below": int(below.sum()),
        "percent_below": 100 * float(below.mean()) if below.size else np.nan,
        "n_outcome_known": int(answered.sum()),
        "below_with_outcome": int(counts[0, 0]),
        "below_without_outcome": int(counts[0, 1]),
        "above_with_outcome": int(counts[1, 0]),
        "above_without_outcome": int(counts[1, 1]),
        **association,
        "reference_standard": standard.name,
        "n_reference": int(has_reference.sum()),
        "n_diseased": int(diseased.sum()),
        **asdict(accuracy(below[has_reference], diseased)),
        "warning": joined(
            "" if below.size else f"no participant has a {label}",
            association["warning"] if below.size else "",
            standard.warning,
        ),
    }


def _association(counts: NDArray[np.int64]) -> dict[str, Any]:
    """Return the odds ratio of a 2 × 2 table (low, other) × (outcome, none)."""
    if 0 in counts.sum(axis=0) or 0 in counts.sum(axis=1):
        return {"warning": "no association: all are on one side of the threshold or of the outcome"}
    fisher = float(stats.fisher_exact(counts).pvalue)
    if 0 in counts:
        return {
            "fisher_p_value": fisher,
            "warning": "no odds ratio: a cell of the two-by-two table is empty",
        }
    log_odds = np.log(counts[0, 0] * counts[1, 1] / (counts[0, 1] * counts[1, 0]))
    error = np.sqrt((1 / counts).sum())
    half = stats.norm.ppf(0.975) * error
    return {
        "odds_ratio": float(np.exp(log_odds)),
        "ci_low": float(np.exp(log_odds - half)),
        "ci_high": float(np.exp(log_odds + half)),
        "p_value": float(2 * stats.norm.sf(abs(log_odds / error))),
        "fisher_p_value": fisher,
        "warning": "",
    }
