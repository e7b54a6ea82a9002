"""Logistic regression by likelihood, plain or Firth-penalized: estimates, profile limits and p."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, stats

from bonecohort.statistics.regression.highest_maximum import highest_maximum
from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.regression.penalized_likelihood import (
    MOST_HALVINGS,
    Likelihood,
    NoConvergenceError,
)
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

FARTHEST_ERRORS = 2.0**12
"""Standard errors from the estimate at which a limit is given up as infinite."""
MOST_MAXIMA = 20
"""Maxima followed one after the other before each step is searched everywhere."""
SAME_FALL = 1e-7
"""Within this the highest maximum at a limit has fallen as far as the one followed there."""


@dataclass(frozen=True)
class ProfiledCoefficient:
    """A slope with limits and p by likelihood ratio; the standard error is Wald's."""

    estimate: float = np.nan
    standard_error: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    statistic: float = np.nan
    p_value: float = np.nan
    warning: str = ""


def fit_profile(
    events: NDArray[np.bool_], design: NDArray[np.float64], *, penalty: float = 0.0
) -> tuple[list[ProfiledCoefficient], float]:
    """Fit a logistic regression; return its slopes with profile limits, and the log-likelihood.

    The 95% limits of a slope are where twice the log-likelihood, maximized over all else, has
    fallen by the 95% quantile of chi-square with 1 df (Venzon & Moolgavkar, Appl Stat
    1988;37:87), found as roots, without interpolation. ``statistic`` is that fall at zero. With a
    penalty every maximum is the highest of several
    (:mod:`~bonecohort.statistics.regression.highest_maximum`).
    The log-likelihood returned holds the penalty, of standardized terms.

    Parameters
    ----------
    events
        Event or not, shape (n,).
    design
        Terms without the intercept, shape (n, terms): no constant, no collinear column; without a
        penalty, no separation.
    penalty
        0, or ½ for Firth's.

    Raises
    ------
    NoConvergenceError
        When a maximum was not reached.
    """
    scale = design.std(axis=0)
    columns = np.column_stack([np.ones(len(design)), (design - design.mean(axis=0)) / scale])
    likelihood = Likelihood(events.astype(np.float64), columns, penalty)
    best, height = highest_maximum(likelihood, np.zeros(columns.shape[1]))
    errors = np.sqrt(np.diag(np.linalg.inv(likelihood.information(best))))
    result = [
        _profiled(likelihood, best, height, index, float(errors[index]))
        for index in range(1, best.size)
    ]
    return [_put_back(slope, unit) for slope, unit in zip(result, scale, strict=True)], height


def _put_back(slope: ProfiledCoefficient, unit: float) -> ProfiledCoefficient:
    return ProfiledCoefficient(
        slope.estimate / unit,
        slope.standard_error / unit,
        slope.ci_low / unit,
        slope.ci_high / unit,
        slope.statistic,
        slope.p_value,
        slope.warning,
    )


def _profiled(
    likelihood: Likelihood, best: NDArray[np.float64], height: float, index: int, error: float
) -> ProfiledCoefficient:
    low, high = (_limit(likelihood, best, height, index, side * error) for side in (-1, 1))
    fall = max(0.0, _fall(likelihood, best, height, index, 0.0, everywhere=True)[0])
    warning = joined(
        "no lower limit: the likelihood stays flat" if np.isinf(low) else "",
        "no upper limit: the likelihood stays flat" if np.isinf(high) else "",
    )
    p_value = float(stats.chi2.sf(fall, 1))
    return ProfiledCoefficient(float(best[index]), error, low, high, fall, p_value, warning)


def _fall(
    likelihood: Likelihood,
    start: NDArray[np.float64],
    height: float,
    index: int,
    value: float,
    *,
    everywhere: bool,
) -> tuple[float, NDArray[np.float64]]:
    """Return twice the fall of the profile likelihood at one value of a coefficient, and where.

    The maximum over all else is searched ``everywhere``, or is the one reached from ``start``.
    """
    start = start.copy()
    start[index] = value
    search = highest_maximum if everywhere else Likelihood.maximize
    there, reached = search(likelihood, start, fixed=index)
    return 2 * (height - reached), there


def _limit(
    likelihood: Likelihood, best: NDArray[np.float64], height: float, index: int, step: float
) -> float:
    """Return one limit: ``step`` is a standard error, signed by its side.

    The maximum is followed outwards, which is quick. With a penalty, a limit at which another
    maximum is higher is none: that one is followed from there.
    """
    if not likelihood.penalty:
        return _crossing(likelihood, best, height, index, step, everywhere=False)[0]
    critical, at = float(stats.chi2.ppf(CONFIDENCE, 1)), best
    for _ in range(MOST_MAXIMA):
        try:
            value, there = _crossing(likelihood, at, height, index, step, everywhere=False)
        except NoConvergenceError:
            break
        if np.isinf(value):
            break
        fall, there = _fall(likelihood, there, height, index, value, everywhere=True)
        if abs(fall - critical) <= SAME_FALL:
            return value
        if fall > critical:
            break
        at = there
    return _crossing(likelihood, at, height, index, step, everywhere=True)[0]


def _crossing(
    likelihood: Likelihood,
    start: NDArray[np.float64],
    height: float,
    index: int,
    step: float,
    *,
    everywhere: bool,
) -> tuple[float, NDArray[np.float64]]:
    """Return where the profile has fallen enough, and the maximum nearby.

    The way out from ``start`` is followed in doubling strides, from each maximum to the next. Where
    the likelihood cannot be followed, strides are halved, and given up as endless when they vanish.
    """
    critical = float(stats.chi2.ppf(CONFIDENCE, 1))
    begun = float(start[index])
    inner, stride, at = begun, 2 * step, start
    while True:
        outer = inner + stride
        try:
            fall, there = _fall(likelihood, at, height, index, outer, everywhere=everywhere)
        except NoConvergenceError:
            stride /= 2
            if abs(stride) < abs(step) / MOST_HALVINGS:
                return float(np.copysign(np.inf, step)), at
            continue
        if fall >= critical:
            break
        if abs(outer - begun) > FARTHEST_ERRORS * abs(step):
            return float(np.copysign(np.inf, step)), at
        inner, stride, at = outer, 2 * stride, there

    def excess(value: float) -> float:
        return _fall(likelihood, at, height, index, value, everywhere=everywhere)[0] - critical

    return float(optimize.brentq(excess, inner, outer, xtol=1e-12, rtol=1e-12)), at
