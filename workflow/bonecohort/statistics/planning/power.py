"""Sample size formulae, each named, and what a sample of given size can show.

Sizes are not rounded up: that belongs to display. Power is never computed from the study's own
results: such a power is a function of the p-value alone and adds nothing to it (Hoenig and
Heisey, Am Stat 2001;55:19). The precision reached and the smallest effect that could have been
found are given instead.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.optimize import brentq

LARGEST_SIZE = 1e9


def two_sample_t_power(difference_sd: float, n_1: float, n_2: float, alpha: float) -> float:
    """Return the power of a two-sided Student's t test, both tails counted, equal variances.

    Non-central t (Cohen, Statistical Power Analysis, 2nd ed., 1988); equals R's
    ``power.t.test(strict = TRUE)``.
    """
    df = n_1 + n_2 - 2
    shift = difference_sd / np.sqrt(1 / n_1 + 1 / n_2)
    critical = stats.t.ppf(1 - alpha / 2, df)
    # the lower tail as the upper one of its mirror image: scipy's own cdf is NaN far out
    return float(stats.nct.sf(critical, df, shift) + stats.nct.sf(critical, df, -shift))


def two_sample_t_size(difference_sd: float, alpha: float, power: float) -> float:
    """Return the size of each of two equal groups; at least 2."""
    needed = abs(difference_sd)

    def lack(size: float) -> float:
        return two_sample_t_power(needed, size, size, alpha) - power

    if lack(2.0) >= 0:
        return 2.0
    # the normal formula is close; the noncentral t overflows far beyond it
    quantiles = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    upper = 2 * (quantiles / needed) ** 2 + 10
    return float(brentq(lack, 2.0, upper, xtol=1e-10, rtol=1e-13))


def smallest_difference_sd(n_1: int, n_2: int, alpha: float, power: float) -> float:
    """Return the smallest difference, in SD, two groups can find; NaN when a group lacks."""
    if min(n_1, n_2) < 1 or n_1 + n_2 < 4:
        return np.nan
    quantiles = float(stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power))
    upper = 3 * quantiles * np.sqrt(1 / n_1 + 1 / n_2)
    while two_sample_t_power(upper, n_1, n_2, alpha) < power:
        upper *= 2
    return float(
        brentq(
            lambda difference: two_sample_t_power(difference, n_1, n_2, alpha) - power,
            0.0,
            upper,
            xtol=1e-13,
        )
    )


def hsieh_continuous_size(
    odds_ratio_per_sd: float,
    event_share: float,
    alpha: float,
    power: float,
    shared_variance: float = 0.0,
) -> float:
    """Return the total size for a normal term of a logistic regression.

    Hsieh, Bloch, Larsen, Stat Med 1998;17:1623, formula 1, with the event share at the term's mean.
    The size is inflated by 1 / (1 − ρ²) for the squared multiple correlation with other terms.
    """
    quantiles = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    spread = event_share * (1 - event_share) * np.log(odds_ratio_per_sd) ** 2
    return float(quantiles**2 / spread / (1 - shared_variance))


def hsieh_smallest_odds_ratio(
    n: float, event_share: float, alpha: float, power: float, shared_variance: float = 0.0
) -> float:
    """Return the smallest odds ratio above 1, per SD, that ``n`` can find (formula 1 solved)."""
    quantiles = stats.norm.ppf(1 - alpha / 2) + stats.norm.ppf(power)
    information = n * event_share * (1 - event_share) * (1 - shared_variance)
    return float(np.exp(quantiles / np.sqrt(information)))


def hsieh_binary_size(
    odds_ratio: float, event_share: float, exposed_share: float, alpha: float, power: float
) -> float:
    """Return the total size for a yes/no term of a logistic regression.

    Hsieh, Bloch, Larsen, Stat Med 1998;17:1623, formula 2. ``event_share`` is that of the
    unexposed; that of the exposed follows from the odds ratio.
    """
    odds = odds_ratio * event_share / (1 - event_share)
    exposed = odds / (1 + odds)
    overall = (1 - exposed_share) * event_share + exposed_share * exposed
    under_null = np.sqrt(overall * (1 - overall) / exposed_share)
    under_effect = np.sqrt(
        event_share * (1 - event_share)
        + exposed * (1 - exposed) * (1 - exposed_share) / exposed_share
    )
    root = stats.norm.ppf(1 - alpha / 2) * under_null + stats.norm.ppf(power) * under_effect
    return float((root / (event_share - exposed)) ** 2 / (1 - exposed_share))


def wilson_half_width(share: float, n: float) -> float:
    """Return half the width of Wilson's 95% interval of a proportion."""
    z = stats.norm.ppf(0.975)
    spread = share * (1 - share) / n + z**2 / (4 * n**2)
    return float(z * np.sqrt(spread) / (1 + z**2 / n))


def prevalence_size(share: float, half_width: float) -> float:
    """Return the size at which Wilson's 95% interval has the wanted half width."""

    def excess(size: float) -> float:
        return wilson_half_width(share, size) - half_width

    if excess(1.0) <= 0:
        return 1.0
    return float(brentq(excess, 1.0, LARGEST_SIZE, xtol=1e-9, rtol=1e-13))


def events_per_variable_size(n_terms: int, event_share: float, events_per_variable: float) -> float:
    """Return the size with that many cases of the rarer outcome a term.

    Peduzzi et al., J Clin Epidemiol 1996;49:1373, asked for 10.
    """
    return events_per_variable * n_terms / min(event_share, 1 - event_share)
