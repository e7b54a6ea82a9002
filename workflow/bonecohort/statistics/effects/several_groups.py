"""Effect sizes of a continuous variable among three or more independent groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, stats

from bonecohort.statistics.effects.continuous import QUANTILES, Effect
from bonecohort.statistics.tests.several_groups import ONE_GROUP, kruskal_wallis, why_no_variance
from bonecohort.statistics.values import is_constant

if TYPE_CHECKING:
    from bonecohort.statistics.tests.several_groups import Groups

NOT_TESTED = "not tested: "
SMALLEST = 1e-12
"""Noncentrality nearest to 0; with 1 degree of freedom scipy cannot do with smaller ones."""
WITHOUT_LIMITS = "no limits: no formula of them is established"


def effects_among_several(groups: Groups) -> tuple[Effect, ...]:
    """Return η², ω² and the rank ε² of groups with values, or the reason for none."""
    names = ("eta_squared", "omega_squared")
    if len(groups) < 2:
        reason = ONE_GROUP.removeprefix(NOT_TESTED)
        return tuple(Effect(name, reason=reason) for name in (*names, "epsilon_squared"))
    if all(is_constant(group) for group in groups):
        reason = why_no_variance(groups).removeprefix(NOT_TESTED)
        return (*(Effect(name, reason=reason) for name in names), epsilon_squared(groups))
    return (*variance_explained(groups), epsilon_squared(groups))


def variance_explained(groups: Groups) -> tuple[Effect, Effect]:
    """Return η² and ω², the shares of the variance that lie between groups of equal variances.

    η² = SSB / SST. The other is ω² = (SSB − (k − 1) MSW) / (SST + MSW), less biased, below 0 where
    F < 1 (Hays 1963). Both have the limits λ / (λ + n) of the share in the population, λ the
    noncentralities at which F has probability 97.5% and 2.5%, 0 where there is none (Steiger,
    Psychol Methods 2004;9:164).
    """
    everything = np.concatenate(groups)
    n, df = everything.size, len(groups) - 1
    total = float(((everything - everything.mean()) ** 2).sum())
    within = float(sum(((group - group.mean()) ** 2).sum() for group in groups))
    between, error = total - within, within / (n - df - 1)
    f = between / df / error
    noncentralities = [_noncentrality(f, df, n - df - 1, probability) for probability in QUANTILES]
    low, high = (value / (value + n) for value in noncentralities)
    omega = (between - df * error) / (total + error)
    return (
        Effect("eta_squared", between / total, low, high, "noncentral_f"),
        Effect("omega_squared", omega, low, high, "noncentral_f"),
    )


def _noncentrality(f: float, df: int, df_2: int, probability: float) -> float:
    """Solve for the noncentrality at which F has a probability; 0 when there is none."""

    def excess(noncentrality: float) -> float:
        return float(stats.ncf.cdf(f, df, df_2, noncentrality)) - probability

    if stats.f.cdf(f, df, df_2) <= probability:
        return 0.0
    upper = df * f + 10
    while excess(upper) > 0:
        upper *= 2
    return float(optimize.brentq(excess, SMALLEST, upper, xtol=1e-12, rtol=1e-13))


def epsilon_squared(groups: Groups) -> Effect:
    """Return the rank ε² = H / (n − 1) of Kruskal–Wallis' H (Kelley 1935; Tomczak 2014)."""
    test = kruskal_wallis(groups)
    if np.isnan(test.statistic):
        return Effect("epsilon_squared", reason=test.warning.removeprefix(NOT_TESTED))
    n = sum(group.size for group in groups)
    return Effect("epsilon_squared", test.statistic / (n - 1), reason=WITHOUT_LIMITS)
