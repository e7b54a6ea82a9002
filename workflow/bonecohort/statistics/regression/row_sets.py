"""Maxima that a penalized likelihood has with single sets of as many rows as parameters.

With one term of Jeffreys' prior alone, the penalized likelihood is that of a logistic regression.
In it the rows of the set count more, half as an event and half as none. It has one maximum. The
maxima of all terms together lie near some of these.
"""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, special

from bonecohort.statistics.regression.penalized_likelihood import LONGEST_STEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.regression.penalized_likelihood import Likelihood

MOST_SETS = 500
SINGULAR, LEAST_CURVATURE = 1e-9, 1e-12
MOST_STEPS, MOST_HALVINGS = 25, 6
SETTLED = 1e-3
"""A start for a climb need be no better than this."""


def maxima_of_sets(
    likelihood: Likelihood, known: Sequence[NDArray[np.float64]], fixed: int | None
) -> NDArray[np.float64]:
    """Return the maximum that the likelihood has with one set alone, shape (sets, parameters).

    Parameters
    ----------
    known
        Places whose weightiest rows are looked at first; the first has the coefficient ``fixed``.
    """
    sets, start = _sets(likelihood, known), known[0]
    design, penalty = likelihood.design, likelihood.penalty
    extra = np.zeros((len(sets), len(design)))
    np.put_along_axis(extra, sets, penalty, axis=1)
    weights, events = 1 + 2 * extra, likelihood.events + extra
    betas = np.zeros((len(sets), start.size))
    if fixed is not None:
        betas[:, fixed] = start[fixed]
    free = np.array([index for index in range(start.size) if index != fixed], dtype=np.intp)
    squares = np.einsum("ij,ik->ijk", design[:, free], design[:, free]).reshape(len(design), -1)

    def values(at: NDArray[np.float64]) -> NDArray[np.float64]:
        linear = at @ design.T
        result: NDArray[np.float64] = (events * linear - weights * np.logaddexp(0, linear)).sum(1)
        return result

    heights = values(betas)
    for _ in range(MOST_STEPS):
        linear = betas @ design.T
        chance = special.expit(linear)
        score = (events - weights * chance) @ design[:, free]
        spread = weights * chance * special.expit(-linear)
        curvature = (spread @ squares).reshape(-1, free.size, free.size)
        curvature += LEAST_CURVATURE * np.eye(free.size)
        step = np.zeros_like(betas)
        step[:, free] = np.linalg.solve(curvature, score[..., np.newaxis])[..., 0]
        longest = np.abs(step).max(axis=1, keepdims=True)
        step *= LONGEST_STEP / np.maximum(longest, LONGEST_STEP)
        for _ in range(MOST_HALVINGS):
            reached = values(betas + step)
            worse = reached < heights
            if not worse.any():
                break
            step[worse] /= 2
        step[reached < heights] = 0
        betas, heights = betas + step, np.maximum(heights, reached)
        if np.abs(step).max(initial=0.0) < SETTLED:
            break
    return betas


def _sets(likelihood: Likelihood, known: Sequence[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Return sets of as many rows as there are parameters, shape (sets, parameters).

    All are returned. Where they are too many, those are returned that differ by one row from the
    weightiest at a known place. Rows near even odds come first.
    """
    n, size = likelihood.design.shape
    if comb(n, size) <= MOST_SETS:
        sets = np.array(list(combinations(range(n), size)), dtype=np.intp)
    else:
        most_rows = max(1, MOST_SETS // (size * len(known)))
        sets = np.vstack([_exchanged(likelihood, at, most_rows) for at in known])
        sets = np.unique(np.sort(sets, axis=1), axis=0)
    result: NDArray[np.intp] = sets[np.abs(np.linalg.det(likelihood.design[sets])) > SINGULAR]
    return result


def _exchanged(likelihood: Likelihood, at: NDArray[np.float64], most_rows: int) -> NDArray[np.intp]:
    """Return the weightiest set at a place, and those with one of its rows exchanged."""
    linear = likelihood.design @ at
    weights = special.expit(linear) * special.expit(-linear)
    size = at.size
    weighted = np.sqrt(weights)[:, np.newaxis] * likelihood.design
    best = linalg.qr(weighted.T, mode="r", pivoting=True)[1][:size].astype(np.intp)
    others = np.argsort(-weights, kind="stable")
    others = others[~np.isin(others, best)][:most_rows]
    sets = np.tile(best, (1 + size * others.size, 1))
    place, row = np.divmod(np.arange(size * others.size), others.size)
    sets[1 + np.arange(place.size), place] = others[row]
    return sets
