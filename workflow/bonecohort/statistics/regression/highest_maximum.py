"""The highest of several maxima of a penalized likelihood, searched from many starts.

Jeffreys' prior is a sum over all sets of as many rows as there are parameters (Cauchy and Binet's
formula). Each term is log-concave. Under separation single sets outweigh the others, and each may
bring a maximum of its own. Its plane of even odds runs between the rows of the set.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import special, stats
from scipy.stats import qmc

from bonecohort.statistics.regression.penalized_likelihood import NoConvergenceError
from bonecohort.statistics.regression.row_sets import maxima_of_sets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.regression.penalized_likelihood import Likelihood

SMALLER_PENALTIES = (0.005, 0.05, 0.2)
SCALES = 2.0 ** np.arange(-2, 9)
"""Lengths of a slope vector tried, in log odds a standard deviation."""
SHARES = (0.1, 0.3, 1.0, 3.0)
"""Lengths of the other slopes tried, relative to the one that is kept."""
DIRECTIONS = 32
MOST_SHIFTS = 100
BESIDE = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
"""Log odds of the row next to the plane of even odds."""
CLIMBS = 12
ALIKE = 0.05
"""Starts whose coefficients differ by less lead to one maximum."""
BISECTIONS = 12
NARROW = 2.0
"""Log-likelihood within which no second maximum is looked for."""
HIGHER = 1e-9
"""What a maximum must gain to be another one than the first found."""

Maximum = tuple["NDArray[np.float64]", float]


def highest_maximum(
    likelihood: Likelihood, start: NDArray[np.float64], fixed: int | None = None
) -> Maximum:
    """Return the highest maximum found, one coefficient kept as ``start`` has it if ``fixed``.

    Starts are ``start`` itself, the maxima of smaller penalties, which lie farther out, those of
    single sets of rows, and planes of even odds shifted through the rows: along the slopes of
    those, and along directions spread evenly. The plain likelihood is concave and has one maximum.

    Raises
    ------
    NoConvergenceError
        When no start leads to a maximum.
    """
    if not likelihood.penalty:
        return likelihood.maximize(start, fixed)
    first = _climbed(likelihood, start, fixed)
    known = [start] if first is None else [start, first[0]]
    farther = _of_smaller_penalties(likelihood, known[-1], fixed)
    if first is not None and farther and _is_narrow(likelihood, farther[0], first[1]):
        return first
    height = -np.inf if first is None else first[1]
    slopes = _slopes([*known, *farther], fixed)
    starts = [
        *farther,
        *_promising(likelihood, slopes, height),
        *_of_sets(likelihood, [*known, *farther], fixed, height),
    ]
    result = [maximum for at in starts if (maximum := _climbed(likelihood, at, fixed))]
    if first is not None:
        result = [first, *(maximum for maximum in result if maximum[1] > height + HIGHER)]
    if not result:
        message = "no start leads to a maximum of the penalized likelihood"
        raise NoConvergenceError(message)
    return max(result, key=lambda maximum: maximum[1])


def _is_narrow(likelihood: Likelihood, farthest: NDArray[np.float64], height: float) -> bool:
    """Return whether all that can reach ``height`` is near the maximum of the plain likelihood.

    p(1 − p) is at most ¼, which bounds the penalty, and so from below the plain likelihood of
    whatever reaches a height. Without separation that leaves a small, convex region.
    """
    plain = replace(likelihood, penalty=0.0)
    return plain.value(farthest) - _least_plain_value(likelihood, height) < NARROW


def _least_plain_value(likelihood: Likelihood, height: float) -> float:
    return height - likelihood.penalty * likelihood.largest_log_information()


def _climbed(
    likelihood: Likelihood, start: NDArray[np.float64], fixed: int | None
) -> Maximum | None:
    try:
        return likelihood.maximize(start, fixed)
    except NoConvergenceError:
        return None


def _of_smaller_penalties(
    likelihood: Likelihood, start: NDArray[np.float64], fixed: int | None
) -> list[NDArray[np.float64]]:
    """Follow the maximum from nearly no penalty, where it is the only one, to the full one."""
    at, result = start, []
    for penalty in SMALLER_PENALTIES:
        maximum = _climbed(replace(likelihood, penalty=penalty), at, fixed)
        if maximum is not None:
            at = maximum[0]
            result.append(at)
    return result


def _slopes(known: Sequence[NDArray[np.float64]], fixed: int | None) -> NDArray[np.float64]:
    """Return the slope vectors to shift through the rows, shape (vectors, terms)."""
    slopes = np.array(known)[:, 1:]
    n_terms = slopes.shape[1]
    if fixed is not None:
        kept = slopes[0, fixed - 1]
        length = max(abs(kept), 1.0)
        spread = _spread(n_terms)
        strewn = [share * length * spread for share in SHARES]
        others = np.vstack([np.zeros(n_terms), slopes, slopes / 2, 2 * slopes, *strewn])
        others[:, fixed - 1] = kept
        return np.unique(others, axis=0)
    lengths = np.linalg.norm(slopes, axis=1, keepdims=True)
    units = [(slopes / np.maximum(lengths, 1e-12))[lengths[:, 0] > 0], _spread(n_terms)]
    return np.vstack([scale * np.vstack(units) for scale in SCALES])


def _spread(n_terms: int) -> NDArray[np.float64]:
    """Return directions that cover the slopes evenly: each term both ways, then Halton's points."""
    axes = np.eye(n_terms)
    if n_terms == 1:
        return np.vstack([axes, -axes])
    places = qmc.Halton(n_terms, scramble=False).random(DIRECTIONS + 1)[1:]
    normal = stats.norm.ppf(places)
    directions = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    return np.vstack([axes, -axes, directions])


def _promising(
    likelihood: Likelihood, slopes: NDArray[np.float64], height: float
) -> list[NDArray[np.float64]]:
    """Return the best intercepts of the slope vectors, the highest likelihood first.

    Slopes whose plain likelihood is too low to reach ``height`` are left out.
    """
    peaks: list[Maximum] = []
    least = _least_plain_value(likelihood, height)
    plain = replace(likelihood, penalty=0.0)
    for vector in slopes[_best_plain_value(plain, slopes) > least]:
        shifts = _shifts(likelihood.design[:, 1:] @ vector)
        points = np.column_stack([shifts, np.tile(vector, (shifts.size, 1))])
        values = plain.values(points)
        points = points[np.sort(np.argsort(-values, kind="stable")[:MOST_SHIFTS])]
        heights = likelihood.values(points)
        padded = np.pad(heights, 1, constant_values=-np.inf)
        is_peak = (heights >= padded[:-2]) & (heights >= padded[2:]) & np.isfinite(heights)
        peaks += zip(points[is_peak], heights[is_peak].tolist(), strict=True)
    peaks.sort(key=lambda peak: -peak[1])
    return [point for point, _ in peaks[:CLIMBS]]


def _of_sets(
    likelihood: Likelihood, known: Sequence[NDArray[np.float64]], fixed: int | None, height: float
) -> list[NDArray[np.float64]]:
    """Return the maxima of single sets of rows, the highest likelihood first, alike ones once."""
    points = maxima_of_sets(likelihood, known, fixed)
    plain = replace(likelihood, penalty=0.0)
    points = points[plain.values(points) > _least_plain_value(likelihood, height)]
    heights = likelihood.values(points)
    result: list[NDArray[np.float64]] = []
    for index in np.argsort(-heights, kind="stable"):
        point = points[index]
        if not np.isfinite(heights[index]) or len(result) == CLIMBS:
            break
        if all(np.abs(point - other).max() > ALIKE for other in result):
            result.append(point)
    return result


def _best_plain_value(plain: Likelihood, slopes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a bound of the plain log-likelihood over all intercepts, for each slope vector.

    The likelihood is concave in the intercept, where bisection of its derivative encloses the
    maximum; a tangent bounds it.
    """
    linear = slopes @ plain.design[:, 1:].T
    events = plain.events.sum()
    reach = np.abs(linear).max(axis=1) + np.log(plain.events.size)
    low, high = -reach, reach
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        rising = events > special.expit(linear + middle[:, np.newaxis]).sum(axis=1)
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    at = linear + low[:, np.newaxis]
    value = at @ plain.events - np.logaddexp(0, at).sum(axis=1)
    slope = events - special.expit(at).sum(axis=1)
    bound: NDArray[np.float64] = value + (high - low) * np.maximum(slope, 0.0)
    return bound


def _shifts(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intercepts that put even odds on a row, beside it, or midway between two."""
    distinct = np.unique(linear)
    beside = (distinct[:, np.newaxis] + BESIDE).ravel()
    return -np.unique(np.concatenate([beside, (distinct[1:] + distinct[:-1]) / 2]))
