"""A share with its limits: of independent rows, and of sites nested in participants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.regression.logistic import CONFIDENCE

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ClusteredShare:
    """The share of the sites that have an event, participants being independent; from 0 to 1.

    ``design_effect`` is the ratio of the robust variance of the log odds to that of independent
    sites.
    """

    share: float
    standard_error: float
    ci_low: float
    ci_high: float
    design_effect: float


def wilson_interval(n: int, total: int) -> tuple[float, float]:
    """Return Wilson's 95% limits of a proportion, without continuity correction."""
    if total == 0:
        return np.nan, np.nan
    interval = stats.binomtest(n, total).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def clustered_share(
    event: NDArray[np.float64], participants: NDArray[np.int64]
) -> ClusteredShare | None:
    """Return a share with cluster-robust 95% limits; None where participants do not differ in it.

    They come from the sandwich variance of the log odds of a logistic regression without terms,
    times G / (G − 1) (Cameron & Miller, J Hum Resour 2015;50:317). The limits are normal, and put
    back to a share.

    Parameters
    ----------
    event
        1 where the site has the event, else 0, shape (sites,); both must occur.
    participants
        An integer a site, equal within a participant, shape (sites,); two participants at least.
    """
    n_participants = np.unique(participants).size
    share = float(event.mean())
    sums = np.bincount(participants, weights=event - share)
    variance = float((sums**2).sum()) * n_participants / (n_participants - 1) / event.size**2
    spread = share * (1 - share)
    if variance <= np.finfo(np.float64).eps * spread:
        return None
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * np.sqrt(variance) / spread
    log_odds = np.log(share / (1 - share))
    low, high = 1 / (1 + np.exp([-(log_odds - half), -(log_odds + half)]))
    return ClusteredShare(
        share, float(np.sqrt(variance)), float(low), float(high), variance * event.size / spread
    )
