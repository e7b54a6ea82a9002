"""Effect sizes of a continuous variable between two independent groups, with 95% limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.tests.two_groups import welch_df
from bonecohort.statistics.values import is_constant, ranked_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILES = ((1 + CONFIDENCE) / 2, (1 - CONFIDENCE) / 2)
"""Where a noncentral distribution has the statistic at its lower and at its upper limit."""
BISECTIONS = 60
Z = float(stats.norm.ppf(QUANTILES[0]))


@dataclass(frozen=True)
class Effect:
    """An effect of the first group against the second, with limits by ``ci_method``."""

    measure: str
    estimate: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    ci_method: str = ""
    warning: str = ""
    reason: str = ""


def continuous_effects(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[Effect, ...]:
    """Return every effect size of a continuous variable; what cannot be computed has a reason."""
    names = ("mean_difference", "hedges_g", "smd", "hodges_lehmann", "rank_biserial")
    for place, group in (("first", first), ("second", second)):
        if group.size == 0:
            return tuple(Effect(n, reason=f"the {place} group has no value") for n in names)
    ranked = (hodges_lehmann(first, second), rank_biserial(first, second))
    if min(first.size, second.size) == 1:
        reason = "a group has one value only, so no SD"
        return (*(Effect(name, reason=reason) for name in names[:3]), *ranked)
    if is_constant(first) and is_constant(second):
        difference = float(first[0] - second[0])
        reason = "both groups are constant, so there is no variance"
        plain = Effect(names[0], difference, reason=f"no limits: {reason}")
        return (plain, *(Effect(name, reason=reason) for name in names[1:3]), *ranked)
    return (
        mean_difference(first, second),
        hedges_g(first, second),
        standardized_difference(first, second),
        *ranked,
    )


def mean_difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> Effect:
    """Return the difference of means with Welch's limits."""
    difference = float(first.mean() - second.mean())
    error = np.sqrt(sum(float(group.var(ddof=1)) / group.size for group in (first, second)))
    half = float(stats.t.ppf(QUANTILES[0], welch_df(first, second))) * error
    return Effect("mean_difference", difference, difference - half, difference + half, "welch_t")


def hedges_g(first: NDArray[np.float64], second: NDArray[np.float64]) -> Effect:
    """Return Hedges' g, with the exact correction and limits from the noncentral t.

    The effect size is g = J d, with d the difference of means over the pooled SD. J = Γ(m/2) /
    (√(m/2) Γ((m−1)/2)), m = n₁ + n₂ − 2 (Hedges, J Educ Stat 1981;6:107). The limits are those
    noncentralities at which Student's t has probability 97.5% and 2.5%. They are divided by
    √(n₁n₂/(n₁+n₂)) and multiplied by J (Steiger & Fouladi 1997; R's effectsize::hedges_g).
    """
    df = first.size + second.size - 2
    root = np.sqrt(first.size * second.size / (first.size + second.size))
    pooled = np.sqrt(
        ((first.size - 1) * first.var(ddof=1) + (second.size - 1) * second.var(ddof=1)) / df
    )
    d = float((first.mean() - second.mean()) / pooled)
    correction = float(
        np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    )
    low, high = (_noncentrality(d * root, df, probability) / root for probability in QUANTILES)
    return Effect("hedges_g", correction * d, correction * low, correction * high, "noncentral_t")


def _noncentrality(statistic: float, df: float, probability: float) -> float:
    """Solve for the noncentrality at which Student's t has a probability.

    The bracket grows from the statistic, because SciPy's noncentral t is NaN far out in its tails.
    """

    def excess(noncentrality: float) -> float:
        return float(stats.nct.cdf(statistic, df, noncentrality)) - probability

    step = np.sign(0.5 - probability) * Z * np.sqrt(1 + statistic**2 / (2 * df))
    inner, outer = statistic, statistic + step
    while (excess(outer) > 0) == (excess(inner) > 0):
        inner, outer = outer, outer + step
    return float(optimize.brentq(excess, inner, outer, xtol=1e-13, rtol=1e-13))


def standardized_difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> Effect:
    """Return the standardized mean difference, over the root of the mean of both variances.

    As tables of baseline characteristics print it, with its sign (Austin, Stat Med
    2009;28:3083); large-sample limits of Hedges & Olkin (1985).
    """
    spread = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    return smd_effect(float((first.mean() - second.mean()) / spread), first.size, second.size)


def smd_effect(estimate: float, n_1: int, n_2: int) -> Effect:
    """Return an SMD with limits of variance (n₁+n₂)/(n₁n₂) + d²/(2(n₁+n₂))."""
    half = Z * np.sqrt((n_1 + n_2) / (n_1 * n_2) + estimate**2 / (2 * (n_1 + n_2)))
    return Effect("smd", estimate, estimate - half, estimate + half, "large_sample")


def rank_biserial(first: NDArray[np.float64], second: NDArray[np.float64]) -> Effect:
    """Return the rank-biserial correlation of Mann–Whitney's U: P(first > second) − P(first <).

    Limits by Fisher's z with variance (n₁+n₂+1)/(3n₁n₂), as R's effectsize gives them.
    """
    both = ranked_precision(np.concatenate([first, second]))
    n_1, n_2 = first.size, second.size
    ranks = stats.rankdata(both)[:n_1]
    u = float(ranks.sum()) - n_1 * (n_1 + 1) / 2
    r = 2 * u / (n_1 * n_2) - 1
    if abs(r) == 1:
        return Effect("rank_biserial", r, reason="no limits: the groups do not overlap")
    half = Z * np.sqrt((n_1 + n_2 + 1) / (3 * n_1 * n_2))
    low, high = np.tanh([np.arctanh(r) - half, np.arctanh(r) + half])
    return Effect("rank_biserial", r, float(low), float(high), "fisher_z")


def hodges_lehmann(first: NDArray[np.float64], second: NDArray[np.float64]) -> Effect:
    """Return the median of all pairwise differences, the shift that Mann–Whitney's test is of.

    Limits are the differences of rank C and n₁n₂ + 1 − C. C is n₁n₂/2 − z √(n₁n₂(n₁+n₂+1)/12),
    rounded to the nearest (Hollander, Wolfe & Chicken 2014, section 4.3).
    """
    n_pairs = first.size * second.size
    spread = np.sqrt(n_pairs * (first.size + second.size + 1) / 12)
    rank = int(np.rint(n_pairs / 2 - Z * spread))
    middle = {(n_pairs - 1) // 2, n_pairs // 2}
    estimate = float(np.mean([_difference_at(first, second, place) for place in middle]))
    if rank < 1:
        reason = "no limits: too few values for a 95% interval"
        return Effect("hodges_lehmann", estimate, reason=reason)
    low, high = (_difference_at(first, second, place) for place in (rank - 1, n_pairs - rank))
    return Effect("hodges_lehmann", estimate, low, high, "rank_order")


def _difference_at(first: NDArray[np.float64], second: NDArray[np.float64], place: int) -> float:
    """Return the pairwise difference first − second at a place of their ascending order.

    Found by bisection on how many differences are as small, so that not all are formed.
    """
    ascending = np.sort(second)
    low, high = float(first.min() - ascending[-1]), float(first.max() - ascending[0])
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        not_larger = second.size * first.size - int(
            np.searchsorted(ascending, first - middle).sum()
        )
        low, high = (low, middle) if not_larger > place else (middle, high)
    after = np.searchsorted(ascending, first - high)
    beside = np.concatenate([after - 1, after]).clip(0, second.size - 1)
    candidates = np.tile(first, 2) - ascending[beside]
    return float(candidates[np.abs(candidates - high).argmin()])
