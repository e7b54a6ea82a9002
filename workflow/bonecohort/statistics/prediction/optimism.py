"""Optimism of a logistic model judged in its own data, by Harrell's bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP_TOLERANCE = 1e-8
TIE_DECIMALS = 10
"""Decimals of the log odds on which participants are tied."""
MOST_ITERATIONS = 25
WIDEST_SLOPES = 1.0
LARGEST_COEFFICIENT = 50.0
"""Log odds per standard deviation beyond which a resample is taken for separated."""


@dataclass(frozen=True)
class Optimism:
    """Mean loss of AUC and of calibration slope from resample to original data."""

    auc: float = np.nan
    slope: float = np.nan
    resamples: int = 0
    warning: str = ""


def bootstrap_optimism(
    columns: NDArray[np.float64], events: NDArray[np.bool_], resamples: int, seed: int
) -> Optimism:
    """Refit the model in bootstrap resamples and judge each in the original data.

    Harrell, Lee, Mark, Stat Med 1996;15:361. Optimism is the mean over resamples of the measure
    in the resample less the measure, of the same model, in the original data. Resamples in which
    the model has no maximum likelihood estimate are left out and counted.

    Parameters
    ----------
    columns
        Terms without the intercept, shape (n, terms).
    events
        Shape (n,).
    """
    rng = np.random.default_rng(seed)
    n = events.size
    drawn = rng.integers(n, size=(resamples, n))
    counts = np.stack([np.bincount(row, minlength=n) for row in drawn]).astype(np.float64)
    return optimism_of_counts(columns, events, counts)


def optimism_of_counts(
    columns: NDArray[np.float64], events: NDArray[np.bool_], counts: NDArray[np.float64]
) -> Optimism:
    """Return the optimism over given resamples: how often each holds each row, (resamples, n)."""
    scaled = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    design = np.column_stack([np.ones(len(columns)), scaled])
    outcome = events.astype(np.float64)
    coefficients, fitted = _fit_weighted(design, outcome, counts)
    warning = ""
    if not fitted.all():
        warning = f"{int((~fitted).sum())} of {fitted.size} resamples could not be fitted"
    if not fitted.any():
        return Optimism(warning=warning)
    log_odds = (coefficients[fitted] @ design.T).round(TIE_DECIMALS)
    in_resample = _weighted_auc(log_odds, events, counts[fitted])
    in_original = _weighted_auc(log_odds, events, np.ones_like(log_odds))
    slopes, sloped = _slopes(log_odds, outcome)
    return Optimism(
        auc=float(np.mean(np.subtract(in_resample, in_original))),
        slope=float(1 - slopes[sloped].mean()) if sloped.any() else np.nan,
        resamples=int(fitted.sum()),
        warning=joined(warning, _unstable(slopes[sloped])),
    )


def _unstable(slopes: NDArray[np.float64]) -> str:
    """Return a warning where slopes vary too much for their mean to say anything."""
    if not slopes.size:
        return ""
    low, high = np.quantile(slopes, [0.05, 0.95])
    if high - low <= WIDEST_SLOPES:
        return ""
    return (
        f"the corrected calibration slope is unstable: the resampled ones run from {low:.2f} to "
        f"{high:.2f} (5th to 95th percentile)"
    )


def _fit_weighted(
    design: NDArray[np.float64], outcome: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Fit one logistic regression a row of weights by Newton's method, all at once.

    Returns coefficients, shape (fits, terms), and which converged. A fit runs on while others
    do; one whose coefficients grow without bound, as under separation, is not converged.
    """
    n_fits, n_terms = len(weights), design.shape[1]
    products = (design[:, :, np.newaxis] * design[:, np.newaxis, :]).reshape(len(design), -1)
    coefficients = np.zeros((n_fits, n_terms))
    running = np.ones(n_fits, dtype=bool)
    converged = np.zeros(n_fits, dtype=bool)
    for _ in range(MOST_ITERATIONS):
        at = np.flatnonzero(running)
        risk = expit(coefficients[at] @ design.T)
        gradient = (weights[at] * (outcome - risk)) @ design
        information = ((weights[at] * risk * (1 - risk)) @ products).reshape(-1, n_terms, n_terms)
        solvable = np.linalg.cond(information) < 1 / np.finfo(np.float64).eps
        running[at[~solvable]] = False
        at = at[solvable]
        if not at.size:
            break
        steps = np.linalg.solve(information[solvable], gradient[solvable][:, :, np.newaxis])
        coefficients[at] += steps[:, :, 0]
        converged[at] = np.abs(steps[:, :, 0]).max(axis=1) < STEP_TOLERANCE
        running[at] = ~converged[at] & (np.abs(coefficients[at]).max(axis=1) < LARGEST_COEFFICIENT)
        if not running.any():
            break
    return coefficients, converged


def _slopes(
    log_odds: NDArray[np.float64], outcome: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the calibration slope in the original data of each row of log odds.

    Newton's method on intercept and slope of all rows together; which converged comes second.
    """
    scale = log_odds.std(axis=1)
    varying = scale > 0
    scaled = log_odds - log_odds.mean(axis=1, keepdims=True)
    scaled[varying] /= scale[varying, np.newaxis]
    intercept, slope = np.zeros(len(scaled)), np.zeros(len(scaled))
    converged = np.zeros(len(scaled), dtype=bool)
    for _ in range(MOST_ITERATIONS):
        risk = expit(intercept[:, np.newaxis] + slope[:, np.newaxis] * scaled)
        weight, left = risk * (1 - risk), outcome - risk
        sums = weight.sum(axis=1), (weight * scaled).sum(axis=1), (weight * scaled**2).sum(axis=1)
        determinant = sums[0] * sums[2] - sums[1] ** 2
        gradient = left.sum(axis=1), (left * scaled).sum(axis=1)
        solvable = varying & (determinant > 0) & (np.abs(slope) < LARGEST_COEFFICIENT)
        divisor = np.where(solvable, determinant, 1.0)
        steps = np.stack(
            [
                (sums[2] * gradient[0] - sums[1] * gradient[1]) / divisor,
                (sums[0] * gradient[1] - sums[1] * gradient[0]) / divisor,
            ]
        )
        steps[:, ~solvable] = 0.0
        intercept, slope = intercept + steps[0], slope + steps[1]
        converged = solvable & (np.abs(steps).max(axis=0) < STEP_TOLERANCE)
        if (converged | ~solvable).all():
            break
    return slope / np.where(varying, scale, 1.0), converged


def _weighted_auc(
    scores: NDArray[np.float64], events: NDArray[np.bool_], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the area under the curve of each row; ties count half.

    Parameters
    ----------
    scores, weights
        Shape (resamples, n): the scores and how often each participant occurs.
    """
    order = np.argsort(scores, axis=1)
    ascending = np.take_along_axis(scores, order, axis=1)
    weight = np.take_along_axis(weights, order, axis=1)
    of_events, of_others = weight * events[order], weight * ~events[order]
    through = np.cumsum(of_others, axis=1)
    new = np.diff(ascending, axis=1) > 0
    edge = np.ones((len(scores), 1), dtype=bool)
    places = np.arange(scores.shape[1])
    starts = np.maximum.accumulate(np.where(np.hstack([edge, new]), places, 0), axis=1)
    ends = np.where(np.hstack([new, edge]), places, places[-1])
    ends = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    before = np.take_along_axis(through - of_others, starts, axis=1)
    tied = np.take_along_axis(through, ends, axis=1) - before
    pairs = of_events.sum(axis=1) * of_others.sum(axis=1)
    return np.asarray((of_events * (before + tied / 2)).sum(axis=1) / pairs)
