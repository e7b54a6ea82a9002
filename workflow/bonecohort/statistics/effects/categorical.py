"""Effect sizes of a categorical variable between two independent groups, with 95% limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, stats

from bonecohort.statistics.effects.continuous import QUANTILES, Effect, Z, smd_effect
from bonecohort.statistics.effects.proportions import wilson_interval
from bonecohort.statistics.tests.contingency import with_values

if TYPE_CHECKING:
    from numpy.typing import NDArray


def risk_difference(events_1: int, n_1: int, events_2: int, n_2: int) -> Effect:
    """Return the difference of two proportions with Newcombe's hybrid score limits.

    Method 10 of Newcombe (Stat Med 1998;17:873): Wilson's limits of both, without continuity
    correction.
    """
    if min(n_1, n_2) == 0:
        return Effect("risk_difference", reason="a group has no value")
    p_1, p_2 = events_1 / n_1, events_2 / n_2
    (low_1, high_1), (low_2, high_2) = (
        wilson_interval(events_1, n_1),
        wilson_interval(events_2, n_2),
    )
    difference = p_1 - p_2
    low = difference - np.hypot(p_1 - low_1, high_2 - p_2)
    high = difference + np.hypot(high_1 - p_1, p_2 - low_2)
    return Effect("risk_difference", difference, float(low), float(high), "newcombe_hybrid_score")


def odds_ratio(counts: NDArray[np.int64]) -> Effect:
    """Return the odds ratio of a 2×2 table with Woolf's limits.

    Parameters
    ----------
    counts
        Shape (2, 2): categories, the reference first, by groups. The ratio is the odds of the
        second category in the first group over those in the second group.

    Notes
    -----
    With an empty cell ½ is added to every cell (Haldane; Anscombe), which is what Firth's penalty
    amounts to in a 2×2 table.
    """
    if (counts.sum(axis=0) == 0).any():
        return Effect("odds_ratio", reason="a group has no value")
    if (counts.sum(axis=1) == 0).any():
        return Effect("odds_ratio", reason="every value is the same category")
    cells, method, warning = counts.astype(np.float64), "woolf", ""
    if (counts == 0).any():
        cells = cells + 0.5
        method, warning = "woolf_haldane", "an empty cell: ½ was added to every cell"
    log = float(np.log(cells[1, 0] * cells[0, 1] / (cells[0, 0] * cells[1, 1])))
    half = Z * float(np.sqrt((1 / cells).sum()))
    low, estimate, high = np.exp([log - half, log, log + half]).tolist()
    return Effect("odds_ratio", estimate, low, high, method, warning)


def cramers_v(counts: NDArray[np.int64]) -> Effect:
    """Return Cramér's V = √(χ²/(n m)) of categories by groups, with noncentral chi-square limits.

    m is the fewer of the categories and of the groups, less one. The limits are √(λ/(n m)) at the
    noncentralities λ at which Pearson's chi-square has probability 97.5% and 2.5% (Steiger,
    Psychol Methods 2004;9:164), 0 where there is none, at most 1. Categories nobody has are left
    out, and of more than two groups those without a value.
    """
    used = counts[counts.sum(axis=1) > 0]
    if counts.shape[1] > 2:
        used = with_values(used)
    if used.shape[1] < 2 or (used.sum(axis=0) == 0).any():
        return Effect("cramers_v", reason="a group has no value")
    if len(used) < 2:
        return Effect("cramers_v", reason="every value is the same category")
    result = stats.chi2_contingency(used, correction=False)
    statistic, df = float(result.statistic), float(result.dof)
    n = int(used.sum()) * (min(used.shape) - 1)
    low, high = (_noncentrality(statistic, df, q) for q in QUANTILES)
    v, v_low, v_high = np.minimum(1.0, np.sqrt(np.array([statistic, low, high]) / n)).tolist()
    return Effect("cramers_v", v, v_low, v_high, "noncentral_chi_square")


def _noncentrality(statistic: float, df: float, probability: float) -> float:
    if stats.chi2.cdf(statistic, df) <= probability:
        return 0.0
    result = optimize.brentq(
        lambda nc: float(stats.ncx2.cdf(statistic, df, nc)) - probability,
        np.finfo(np.float64).tiny,
        4 * statistic + 100,
        xtol=1e-12,
        rtol=1e-13,
    )
    return float(result)


def categorical_smd(counts: NDArray[np.int64]) -> Effect:
    """Return the standardized difference of two groups' proportions (Yang & Dalton 2012).

    Of two declared categories it is the difference of the second one's proportions, the first
    group's minus the second's. The divisor is the root of the mean of both variances p(1 − p). It
    has a sign, and large-sample limits as an SMD of means. Of more it is a distance, √(TᵀS⁻¹T), T
    the differences of all proportions but the first category's, S the mean of both groups'
    multinomial covariances. A distance has no sign. Its limits are √(λ (n₁+n₂)/(n₁n₂)) at two
    noncentralities λ. There chi-square, with as many df as T has entries, has probability 97.5% and
    2.5%. λ is 0 where there is none. Categories nobody has are left out.

    Parameters
    ----------
    counts
        Shape (categories, 2): the declared categories, the reference first, by groups.
    """
    used = counts[counts.sum(axis=1) > 0]
    sizes = counts.sum(axis=0)
    if (sizes == 0).any():
        return Effect("smd", reason="a group has no value")
    if len(used) < 2:
        return Effect("smd", reason="every value is the same category")
    shares = (used / sizes)[1:]
    difference = shares[:, 0] - shares[:, 1]
    covariance = sum(np.diag(p) - np.outer(p, p) for p in shares.T) / 2
    if np.linalg.matrix_rank(covariance) < len(difference):
        return Effect("smd", reason="the groups share no category, so there is no variance")
    distance = float(np.sqrt(difference @ np.linalg.solve(covariance, difference)))
    n_1, n_2 = sizes.tolist()
    if len(counts) == 2:
        return smd_effect(float(np.copysign(distance, difference[0])), n_1, n_2)
    weight, df = n_1 * n_2 / (n_1 + n_2), len(difference)
    low, high = (_noncentrality(weight * distance**2, df, q) for q in QUANTILES)
    low, high = np.sqrt(np.array([low, high]) / weight).tolist()
    return Effect("smd", distance, low, high, "noncentral_chi_square")
