"""Logistic regression's likelihood, plain or Firth-penalized: maximum, profile limits and p."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from bonecohort.statistics.logistic import CONFIDENCE
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRTH = 0.5
DIFFERENCE = 1e-5
STEP_TOLERANCE = 1e-10
MOST_STEPS = 500
LONGEST_STEP = 5.0
MOST_HALVINGS = 30
ROUNDING = 1e-12
"""Relative fall of the likelihood that is rounding, not a worse fit."""
FARTHEST_ERRORS = 2.0**12
"""Standard errors from the estimate at which a limit is given up as infinite."""


class NoConvergenceError(ArithmeticError):
    """The likelihood's maximum was not reached."""


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihood of 0/1 ``events`` given ``design``, plus ``penalty`` × log|information|.

    A penalty of ½ is Jeffreys' prior: the score is freed of its first-order bias and a maximum
    exists under separation too (Firth, Biometrika 1993;80:27; Heinze & Schemper, Stat Med
    2002;21:2409). ``design`` has the intercept and standardized terms, shape (n, parameters).
    """

    events: NDArray[np.float64]
    design: NDArray[np.float64]
    penalty: float = 0.0

    def value(self, beta: NDArray[np.float64]) -> float:
        """Return the (penalized) log-likelihood; minus infinity where the information vanishes."""
        linear = self.design @ beta
        found = float(self.events @ linear - np.logaddexp(0, linear).sum())
        if self.penalty:
            found += self.penalty * float(np.linalg.slogdet(self.information(beta))[1])
        return found

    def information(self, beta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Fisher's information, shape (parameters, parameters)."""
        chance = special.expit(self.design @ beta)
        return (self.design.T * (chance * (1 - chance))) @ self.design

    def score(self, beta: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the gradient of :meth:`value`, shape (parameters,)."""
        chance = special.expit(self.design @ beta)
        residual = self.events - chance
        if self.penalty:
            solved = np.linalg.solve(self.information(beta), self.design.T)
            leverage = chance * (1 - chance) * np.einsum("ij,ji->i", self.design, solved)
            residual = residual + self.penalty * leverage * (1 - 2 * chance)
        return self.design.T @ residual

    def maximize(
        self, start: NDArray[np.float64], fixed: int | None = None
    ) -> tuple[NDArray[np.float64], float]:
        """Climb from ``start`` by Newton's method, one coefficient kept as it is if ``fixed``.

        Raises
        ------
        NoConvergenceError
            When the steps do not become negligible.
        """
        free = np.array([index for index in range(start.size) if index != fixed], dtype=np.intp)
        beta, height = start.copy(), self.value(start)
        for _ in range(MOST_STEPS):
            step = np.zeros(start.size)
            try:
                step[free] = np.linalg.solve(self._curvature(beta, free), self.score(beta)[free])
            except np.linalg.LinAlgError as error:
                message = "the information is singular"
                raise NoConvergenceError(message) from error
            step *= min(1.0, LONGEST_STEP / max(np.abs(step).max(), LONGEST_STEP))
            beta, height = self._climb(beta, height, step)
            if np.abs(step).max() < STEP_TOLERANCE * max(1.0, np.abs(beta).max()):
                return beta, height
        message = f"no maximum of the likelihood in {MOST_STEPS} steps"
        raise NoConvergenceError(message)

    def _curvature(self, beta: NDArray[np.float64], free: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return minus the second derivatives of :meth:`value`, or, where not concave, Fisher's.

        Those of the penalty are differences of the score: with Fisher's alone, steps far out in a
        separated direction do not settle.
        """
        fisher = self.information(beta)[np.ix_(free, free)]
        if not self.penalty:
            return fisher
        moves = DIFFERENCE * np.eye(beta.size)[free]
        slopes = [self.score(beta - move)[free] - self.score(beta + move)[free] for move in moves]
        observed = np.array(slopes) / (2 * DIFFERENCE)
        observed = (observed + observed.T) / 2
        return observed if np.linalg.eigvalsh(observed)[0] > 0 else fisher

    def _climb(
        self, beta: NDArray[np.float64], height: float, step: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], float]:
        for halvings in range(MOST_HALVINGS):
            there = beta + step / 2**halvings
            reached = self.value(there)
            if reached >= height - ROUNDING * abs(height):
                return there, reached
        message = "no step raises the likelihood"
        raise NoConvergenceError(message)


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
    1988;37:87), found as roots, without interpolation. ``statistic`` is that fall at zero.

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
    best, height = likelihood.maximize(np.zeros(columns.shape[1]))
    errors = np.sqrt(np.diag(np.linalg.inv(likelihood.information(best))))
    found = [
        _profiled(likelihood, best, height, index, float(errors[index]))
        for index in range(1, best.size)
    ]
    return [_put_back(slope, unit) for slope, unit in zip(found, scale, strict=True)], height


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
    fall = max(0.0, _fall(likelihood, best, height, index, 0.0)[0])
    warning = joined(
        "no lower limit: the likelihood stays flat" if np.isinf(low) else "",
        "no upper limit: the likelihood stays flat" if np.isinf(high) else "",
    )
    p_value = float(stats.chi2.sf(fall, 1))
    return ProfiledCoefficient(float(best[index]), error, low, high, fall, p_value, warning)


def _fall(
    likelihood: Likelihood, start: NDArray[np.float64], height: float, index: int, value: float
) -> tuple[float, NDArray[np.float64]]:
    """Return twice the fall of the profile likelihood at one value of a coefficient, and where."""
    start = start.copy()
    start[index] = value
    there, reached = likelihood.maximize(start, fixed=index)
    return 2 * (height - reached), there


def _limit(
    likelihood: Likelihood, best: NDArray[np.float64], height: float, index: int, step: float
) -> float:
    """Return one limit: ``step`` is a standard error, signed by its side.

    The way out is followed in doubling strides, from each maximum to the next; where the
    likelihood cannot be followed, strides are halved, and given up as endless when they vanish.
    """
    critical = float(stats.chi2.ppf(CONFIDENCE, 1))
    inner, stride, at = float(best[index]), 2 * step, best
    while True:
        outer = inner + stride
        try:
            fall, there = _fall(likelihood, at, height, index, outer)
        except NoConvergenceError:
            stride /= 2
            if abs(stride) < abs(step) / MOST_HALVINGS:
                return float(np.copysign(np.inf, step))
            continue
        if fall >= critical:
            break
        if abs(outer - best[index]) > FARTHEST_ERRORS * abs(step):
            return float(np.copysign(np.inf, step))
        inner, stride, at = outer, 2 * stride, there

    def excess(value: float) -> float:
        return _fall(likelihood, at, height, index, value)[0] - critical

    return float(optimize.brentq(excess, inner, outer, xtol=1e-12, rtol=1e-12))
