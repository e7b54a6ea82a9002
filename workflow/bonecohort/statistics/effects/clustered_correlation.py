"""Correlation of two variables measured at several sites of each participant.

Sites of one participant are not independent, and one scatter holds two questions. One is whether
participants with high x have high y, the other whether sites of one participant do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.effects.correlation import VANISHING, Correlation, with_t_test
from bonecohort.statistics.regression.clustered_fits import FEW_PARTICIPANTS
from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.values import is_constant

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_PARTICIPANTS = 3


def total_correlation(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    participants: NDArray[np.int64],
    names: tuple[str, str] = ("x", "y"),
) -> Correlation:
    """Return Pearson's correlation of all sites, with limits that take participants as the units.

    The standard error is that of Taylor linearization, the sites of a participant summed (Binder,
    Int Stat Rev 1983;51:279), times G / (G − 1), as R's ``survey`` gives it; limits are of
    Fisher's z by the delta method, limits and p of Student's t with G − 1 df.

    Parameters
    ----------
    x, y
        Values, shape (sites,), none missing.
    participants
        An integer a site, equal within a participant, shape (sites,).
    names
        Names of x and y, for warnings.
    """
    reason = _why_none(x, y, participants, names)
    if reason:
        return Correlation(warning=reason)
    z_x, z_y = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
    r = float((z_x * z_y).mean())
    if 1 - r * r <= VANISHING:
        return with_t_test(r, np.nan)
    influence = z_x * z_y - r * (z_x**2 + z_y**2) / 2
    sums = np.bincount(np.unique(participants, return_inverse=True)[1], weights=influence)
    variance = float((sums**2).sum()) * sums.size / (sums.size - 1) / x.size**2
    if variance <= VANISHING:
        return Correlation(r, warning="the residuals of each participant cancel: no limits")
    df = sums.size - 1.0
    error = np.sqrt(variance) / (1 - r * r)
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, df)) * error
    low, high = np.tanh([np.arctanh(r) - half, np.arctanh(r) + half]).tolist()
    statistic = float(np.arctanh(r) / error)
    p_value = 2 * float(stats.t.sf(abs(statistic), df))
    few = f"{sums.size} participants: fewer than {FEW_PARTICIPANTS}, the interval is too narrow"
    warning = few if sums.size < FEW_PARTICIPANTS else ""
    return Correlation(r, low, high, statistic, df, p_value, warning)


def within_correlation(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    participants: NDArray[np.int64],
    names: tuple[str, str] = ("x", "y"),
) -> Correlation:
    """Return the correlation among the sites of a participant, participants' levels taken out.

    Bland & Altman, BMJ 1995;310:446: of the deviations from each participant's means, with
    sites − participants − 1 degrees of freedom; limits as Bakdash & Marusich (Front Psychol
    2017;8:456). Participants of one site add nothing.
    """
    reason = _why_none(x, y, participants, names)
    if reason:
        return Correlation(warning=reason)
    groups = np.unique(participants, return_inverse=True)[1]
    sizes = np.bincount(groups)
    d_x, d_y = (v - (np.bincount(groups, weights=v) / sizes)[groups] for v in (x, y))
    df = x.size - sizes.size - 1.0
    if df < 1:
        return Correlation(warning="not computed: too few participants have several sites")
    for name, deviation, values in zip(names, (d_x, d_y), (x, y), strict=True):
        if float(deviation @ deviation) <= VANISHING * values.size * float(values.var()):
            return Correlation(warning=f"not computed: {name} is the same at all sites of each")
    r = float(np.clip(d_x @ d_y / np.sqrt((d_x @ d_x) * (d_y @ d_y)), -1.0, 1.0))
    return with_t_test(r, df)


def between_correlation(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    participants: NDArray[np.int64],
    names: tuple[str, str] = ("x", "y"),
) -> Correlation:
    """Return the correlation of participants' means, weighted by their numbers of sites.

    Bland & Altman, BMJ 1995;310:633; p and limits as of so many participants.
    """
    reason = _why_none(x, y, participants, names)
    if reason:
        return Correlation(warning=reason)
    groups = np.unique(participants, return_inverse=True)[1]
    sizes = np.bincount(groups)
    means = np.column_stack([np.bincount(groups, weights=v) / sizes for v in (x, y)])
    if is_constant(means[:, 0]) or is_constant(means[:, 1]):
        return Correlation(warning="not computed: all participants have the same mean")
    d_x, d_y = (means - np.average(means, axis=0, weights=sizes)).T
    shared = (sizes * d_x * d_y).sum()
    r = float(shared / np.sqrt((sizes * d_x**2).sum() * (sizes * d_y**2).sum()))
    return with_t_test(float(np.clip(r, -1.0, 1.0)), sizes.size - 2.0)


def _why_none(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    participants: NDArray[np.int64],
    names: tuple[str, str],
) -> str:
    n = np.unique(participants).size
    if n < LEAST_PARTICIPANTS:
        return f"not computed: {n} participants, fewer than {LEAST_PARTICIPANTS}"
    for name, values in zip(names, (x, y), strict=True):
        if is_constant(values):
            return f"not computed: {name} has one value only"
    return ""
