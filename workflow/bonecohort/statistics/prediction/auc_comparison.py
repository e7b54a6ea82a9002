"""Areas under the ROC curves of predictors of the same participants, compared by DeLong's test."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.statistics.prediction.roc import Z_95, placements, why_no_curve
from bonecohort.statistics.tests.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.prediction.reference_standard import ReferenceStandard
    from bonecohort.statistics.prediction.roc import Direction
    from bonecohort.statistics.prediction.roc_table import Predictor

COMPARISON_COLUMNS = (
    "predictor_1", "direction_1", "predictor_2", "direction_2", "outcome", "n", "events",
    "n_missing", "auc_1", "auc_2", "difference", "standard_error", "ci_low", "ci_high", "test",
    "statistic", "p_value", "p_adjusted", "warning",
)  # fmt: skip


@dataclass(frozen=True)
class AucDifference:
    """The first area minus the second, its 95% limits and z; NaN with the ``warning`` why."""

    auc_1: float = np.nan
    auc_2: float = np.nan
    difference: float = np.nan
    standard_error: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    statistic: float = np.nan
    p_value: float = np.nan
    warning: str = ""


def compare_areas(
    scores: NDArray[np.float64],
    events: NDArray[np.bool_],
    directions: tuple[Direction, Direction],
) -> AucDifference:
    """Compare the areas of two predictors measured of the same participants.

    DeLong et al., Biometrics 1988;44:837: the variance of the difference holds the covariance of
    the two; z and limits are normal.

    Parameters
    ----------
    scores
        Both predictors, shape (n, 2), none missing.
    events
        Outcomes, shape (n,).
    directions
        Whether low or high values of each speak for an event.
    """
    if reason := why_no_curve(events):
        return AucDifference(warning=reason)
    first, second = (
        placements(column, events, direction)
        for column, direction in zip(scores.T, directions, strict=True)
    )
    auc_1, auc_2 = float(first[0].mean()), float(second[0].mean())
    difference = auc_1 - auc_2
    if min(first[0].size, first[1].size) < 2:
        reason = "no test: one outcome was seen only once"
        return AucDifference(auc_1, auc_2, difference, warning=reason)
    variance = sum(
        float(np.var(a - b, ddof=1)) / a.size for a, b in zip(first, second, strict=True)
    )
    if variance <= np.finfo(np.float64).eps ** 2:
        reason = "no test: both predictors place every participant alike"
        return AucDifference(auc_1, auc_2, difference, 0.0, warning=reason)
    error = float(np.sqrt(variance))
    z = difference / error
    return AucDifference(
        auc_1,
        auc_2,
        difference,
        error,
        difference - Z_95 * error,
        difference + Z_95 * error,
        z,
        2 * float(stats.norm.sf(abs(z))),
    )


def auc_comparisons(
    participants: pd.DataFrame, standard: ReferenceStandard, predictors: Sequence[Predictor]
) -> pd.DataFrame:
    """Compare each two predictors of a reference standard, one row a pair, with Holm's correction.

    Each pair is judged on the participants who have both predictors and the standard. So an area
    may differ from the predictor's own in the ROC table.
    """
    rows: list[dict[str, Any]] = []
    for first, second in combinations(predictors, 2):
        facts = {
            "predictor_1": first.name, "direction_1": first.direction,
            "predictor_2": second.name, "direction_2": second.direction,
            "outcome": standard.name, "test": "delong",
        }  # fmt: skip
        pair = (first.name, second.name)
        absent = [name for name in pair if name not in participants]
        if absent or standard.warning:
            reason = standard.warning or f"not done: the table has no column {', '.join(absent)}"
            rows.append({**facts, "warning": reason})
            continue
        scores = participants[list(pair)].apply(pd.to_numeric)
        known = scores.notna().all(axis=1) & standard.positive.notna()
        events = standard.positive[known].to_numpy(dtype=bool)
        result = compare_areas(
            scores[known].to_numpy(dtype=np.float64), events, (first.direction, second.direction)
        )
        sizes = {"n": events.size, "events": int(events.sum()), "n_missing": int((~known).sum())}
        rows.append({**facts, **sizes, **asdict(result)})
    frame = pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))
    return frame.assign(p_adjusted=holm(frame["p_value"].to_numpy(dtype=np.float64)))
