"""The likelihood of the proportional odds model and its maximum, by Newton's method.

statsmodels' ``OrderedModel`` has the model too, but its information is a numerical derivative and
its search stops four digits short of other programs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, logit

from bonecohort.statistics.regression.logistic import MOST_ITERATIONS, SEPARATION_PER_ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

GRADIENT_TOLERANCE = 1e-10
"""Largest score of a maximum, per row."""
MOST_HALVINGS = 40


@dataclass(frozen=True, eq=False)
class Maximum:
    """Thresholds, then slopes, with the inverse of the observed information."""

    estimates: NDArray[np.float64]
    covariance: NDArray[np.float64]
    log_likelihood: float


@dataclass(frozen=True, eq=False)
class _Derivatives:
    value: float
    score: NDArray[np.float64]
    information: NDArray[np.float64]


def maximum(outcome: NDArray[np.int64], design: NDArray[np.float64]) -> Maximum | None:
    """Return the maximum of the likelihood; None where Newton's steps do not converge.

    Parameters
    ----------
    outcome
        Category numbers 0 … K − 1, each of them seen, shape (n,).
    design
        Standardized terms without the intercept, shape (n, terms).
    """
    n_cuts = int(outcome.max())
    shares = np.cumsum(np.bincount(outcome))[:-1] / outcome.size
    at = np.concatenate([logit(shares), np.zeros(design.shape[1])])
    here = _derivatives(at, outcome, design, n_cuts)
    for _ in range(MOST_ITERATIONS):
        if np.abs(here.score).max() <= GRADIENT_TOLERANCE * outcome.size:
            covariance = np.linalg.inv(here.information).astype(np.float64)
            return Maximum(at, covariance, here.value)
        step = np.linalg.solve(here.information, here.score)
        for halving in range(MOST_HALVINGS):
            there = at + step / 2**halving
            if (np.diff(there[:n_cuts]) > 0).all():
                new = _derivatives(there, outcome, design, n_cuts)
                if new.value >= here.value - 1e-12 * abs(here.value):
                    break
        else:
            return None
        at, here = there, new
    return None


def separating_terms_of(
    outcome: NDArray[np.int64], design: NDArray[np.float64], terms: Sequence[str]
) -> list[str]:
    """Return the terms that separate the categories, so that the likelihood has no maximum.

    These are the terms that do so alone, or, if none does, those that do so together. A direction
    of thresholds and slopes separates when every x·β lies between the thresholds of its row's
    category, at least one of them strictly (Albert & Anderson, Biometrika 1984;71:1, for ordered
    categories). Whether one exists is a linear programme.
    """
    together = _separating_slopes(outcome, design)
    if not together.any():
        return []
    alone = [
        term
        for term, column in zip(terms, design.T, strict=True)
        if _separating_slopes(outcome, column[:, np.newaxis]).any()
    ]
    return alone or [term for term, moves in zip(terms, together, strict=True) if moves]


def _separating_slopes(
    outcome: NDArray[np.int64], design: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which slopes a separating direction has; none where there is no such direction."""
    n_cuts = int(outcome.max())
    cuts = np.eye(n_cuts)
    below, above = outcome < n_cuts, outcome > 0
    sides = np.vstack(
        [
            np.column_stack([cuts[outcome[below]], -design[below]]),
            np.column_stack([-cuts[outcome[above] - 1], design[above]]),
        ]
    )
    solution = linprog(
        -sides.sum(axis=0), A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=(-1, 1), method="highs"
    )
    direction = np.asarray(solution.x, dtype=np.float64)
    if float((sides @ direction).sum()) <= SEPARATION_PER_ROW * len(sides):
        return np.zeros(design.shape[1], dtype=np.bool_)
    return np.abs(direction[n_cuts:]) > SEPARATION_PER_ROW


def _derivatives(
    at: NDArray[np.float64], outcome: NDArray[np.int64], design: NDArray[np.float64], n_cuts: int
) -> _Derivatives:
    """Return the log-likelihood, its gradient and minus its matrix of second derivatives.

    A row's likelihood is F(u) − F(l) with u and l the thresholds above and below its category,
    less x·β; the outermost ones are infinite.
    """
    n, size = outcome.size, at.size
    thresholds = np.concatenate([[-np.inf], at[:n_cuts], [np.inf]])
    linear = design @ at[n_cuts:]
    upper, lower = thresholds[outcome + 1] - linear, thresholds[outcome] - linear
    f_upper, f_lower = expit(upper), expit(lower)
    share = f_upper - f_lower
    d_upper, d_lower = f_upper * (1 - f_upper), f_lower * (1 - f_lower)
    by_upper, by_lower = np.zeros((n, size)), np.zeros((n, size))
    rows = np.arange(n)
    inner = outcome < n_cuts
    by_upper[rows[inner], outcome[inner]] = 1.0
    by_lower[rows[outcome > 0], outcome[outcome > 0] - 1] = 1.0
    by_upper[:, n_cuts:] = by_lower[:, n_cuts:] = -design
    first = by_upper * d_upper[:, np.newaxis] - by_lower * d_lower[:, np.newaxis]
    curve_upper, curve_lower = d_upper * (1 - 2 * f_upper), d_lower * (1 - 2 * f_lower)
    second = (by_upper * (curve_upper / share)[:, np.newaxis]).T @ by_upper
    second -= (by_lower * (curve_lower / share)[:, np.newaxis]).T @ by_lower
    relative = first / share[:, np.newaxis]
    return _Derivatives(
        float(np.log(share).sum()), relative.sum(axis=0), relative.T @ relative - second
    )
