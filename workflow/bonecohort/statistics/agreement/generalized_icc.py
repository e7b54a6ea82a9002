"""A generalized interval of ICC(2,1), which holds its 95% where few readers differ by a bias.

Weerahandi's generalized pivotal quantity (J Am Stat Assoc 1993;88:899). Each mean square over its
expectation is a chi-square. So the variances of subjects, readers and residual (each at least 0),
and the ICC, have a distribution given the data. Its 2.5% and 97.5% points are the limits. The
distribution is integrated, not drawn at random.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, special, stats

from bonecohort.statistics.agreement.estimate import TAIL, Estimate
from bonecohort.statistics.agreement.icc import mean_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.statistics.agreement.icc import MeanSquares

GENERALIZED_ICC = "icc_2_1_generalized"
NODES = 40
"""Points of Gauss and Legendre along each of the two chi-squares integrated over."""
NEGLIGIBLE = 1e-13
"""Probability left out at either end of a chi-square."""
NEAR_0_AND_1 = (1e-9, 1 - 1e-9)


def with_generalized_limits(readings: NDArray[np.float64], icc: Estimate) -> Estimate:
    """Return the ICC(2,1) of readings, shape (subjects, readers), with these limits instead.

    One that has no limits stays as it is.
    """
    if np.isnan(icc.ci_low):
        return icc
    return Estimate(icc.value, *generalized_limits(mean_squares(readings)))


def generalized_limits(squares: MeanSquares) -> tuple[float, float]:
    """Return the 95% limits of ICC(2,1) from the mean squares of subjects × readers."""

    def excess(icc: float, probability: float) -> float:
        return _probability_below(icc, squares) - probability

    def limit(probability: float) -> float:
        if excess(NEAR_0_AND_1[0], probability) >= 0:
            return 0.0
        if excess(NEAR_0_AND_1[1], probability) <= 0:
            return 1.0
        return float(optimize.brentq(excess, *NEAR_0_AND_1, args=(probability,), xtol=1e-12))

    return limit(TAIL), limit(1 - TAIL)


def _probability_below(icc: float, squares: MeanSquares) -> float:
    """Return the probability that the generalized pivotal quantity is at most ``icc``.

    It is above where the subjects' variance is larger than ``icc`` allows for the residual
    variance. The readers' variance must then not make up for it.
    """
    n, k = squares.n, squares.k
    subjects_df, readers_df, residual_df = n - 1, k - 1, (n - 1) * (k - 1)
    residual_chi2, residual_weight = _nodes(*_reach(residual_df))
    residual = residual_df * squares.residual / residual_chi2[:, None]
    residual_weight = residual_weight * stats.chi2.pdf(residual_chi2, residual_df)
    # Beyond this chi-square of the subjects the ICC is at most ``icc`` without any bias.
    low, high = _reach(subjects_df)
    with np.errstate(divide="ignore"):
        without_bias = subjects_df * squares.subjects / (residual * (1 + k * icc / (1 - icc)))
    end = np.clip(without_bias, low, high)
    subjects_chi2, weight = _nodes(low, end)
    weight = weight * stats.chi2.pdf(subjects_chi2, subjects_df)
    subjects = (subjects_df * squares.subjects / subjects_chi2 - residual) / k
    needed = np.maximum(subjects * (1 - icc) / icc - residual, 0)
    readers_chi2 = readers_df * squares.readers / (residual + n * needed)
    made_up = special.gammainc(readers_df / 2, readers_chi2 / 2)
    above = (weight * (1 - made_up)).sum(axis=1)
    return 1 - float((residual_weight * above).sum())


@cache
def _reach(df: int) -> tuple[float, float]:
    return float(stats.chi2.ppf(NEGLIGIBLE, df)), float(stats.chi2.isf(NEGLIGIBLE, df))


def _nodes(
    low: float, high: float | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points between two ends, along the last axis, and their weights."""
    points, weights = _gauss_legendre()
    half = (np.asarray(high) - low) / 2
    return low + half * (points + 1), half * weights


@cache
def _gauss_legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return points, weights
