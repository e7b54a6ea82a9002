"""The likelihood of a logistic regression, plain or Firth-penalized, and a climb to a maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRTH = 0.5
DIFFERENCE = 1e-5
STEP_TOLERANCE = 1e-10
MOST_STEPS = 500
LONGEST_STEP = 5.0
MOST_HALVINGS = 30
FLATTEST = 1e-8
"""Least curvature of a step, relative to the largest."""
ROUNDING = 1e-12
"""Relative fall of the likelihood that is rounding, not a worse fit."""


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
        result = float(self.events @ linear - np.logaddexp(0, linear).sum())
        if self.penalty:
            result += self.penalty * float(np.linalg.slogdet(self.information(beta))[1])
        return result

    def values(self, betas: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return :meth:`value` at many points, shapes (points, parameters) and (points,)."""
        linear = betas @ self.design.T
        result: NDArray[np.float64] = linear @ self.events - np.logaddexp(0, linear).sum(axis=1)
        if self.penalty:
            weights = special.expit(linear) * special.expit(-linear)
            weighted = weights[:, :, np.newaxis] * self.design
            result = result + self.penalty * np.linalg.slogdet(self.design.T @ weighted)[1]
        return result

    def largest_log_information(self) -> float:
        """Return a bound of log|information|: that of chances of ½ everywhere."""
        return float(np.linalg.slogdet(self.design.T @ self.design / 4)[1])

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
        """Return minus the second derivatives of :meth:`value`, made positive where they are not.

        Those of the penalty are differences of the score. With Fisher's information alone, steps
        far out in a separated direction do not settle. Where the likelihood is not concave, its
        curvatures count by their size. So a step leads up and away from a saddle.
        """
        if not self.penalty:
            return self.information(beta)[np.ix_(free, free)]
        moves = DIFFERENCE * np.eye(beta.size)[free]
        slopes = [self.score(beta - move)[free] - self.score(beta + move)[free] for move in moves]
        observed = np.array(slopes) / (2 * DIFFERENCE)
        observed = (observed + observed.T) / 2
        sizes, axes = np.linalg.eigh(observed)
        if sizes[0] > 0:
            return observed
        sizes = np.maximum(np.abs(sizes), FLATTEST * np.abs(sizes).max())
        positive: NDArray[np.float64] = (axes * sizes) @ axes.T
        return positive

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
