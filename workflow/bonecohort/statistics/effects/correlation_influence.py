"""How a correlation changes with the weight of a site, and its limits by this linearization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.effects.correlation import VANISHING, Correlation, with_t_test
from bonecohort.statistics.regression.clustered_fits import FEW_PARTICIPANTS
from bonecohort.statistics.regression.logistic import CONFIDENCE

if TYPE_CHECKING:
    from numpy.typing import NDArray


def influence_of_sites(standard: NDArray[np.float64], r: float) -> NDArray[np.float64]:
    """Return the derivative of r by each site's weight, times the number of sites, shape (sites,).

    It holds for a partial correlation too. Residuals are orthogonal to the covariates, so a change
    of the fitted slopes changes no product of residuals.

    Parameters
    ----------
    standard
        x and y without the covariates' effect, mean 0 and SD 1, shape (sites, 2).
    """
    x, y = standard.T
    influence: NDArray[np.float64] = x * y - r * (x**2 + y**2) / 2
    return influence


def influence_through_ranks(
    ranks: NDArray[np.float64],
    left: NDArray[np.float64],
    slopes: NDArray[np.float64],
    r: float,
) -> NDArray[np.float64]:
    """Return what a site's weight changes in r by changing the midranks of all sites.

    A site raises the rank of every higher value by its weight, that of equal ones by half of it.
    Without this share the limits of Spearman's correlation are those of scores known beforehand.
    The sum with :func:`influence_of_sites` is the derivative by the weights (Demnati & Rao, Survey
    Methodology 2004;30:17); of independent sites without covariates it is the influence function
    of Spearman's correlation (Croux & Dehon, Stat Methods Appl 2010;19:497).

    Parameters
    ----------
    ranks
        Midranks of x, y and the covariates, shape (sites, 2 + covariates).
    left
        x and y of the standardized ranks without the covariates' effect, shape (sites, 2).
    slopes
        The slopes taken out, shape (covariates, 2).
    """
    spread = np.sqrt((left**2).mean(axis=0))
    standard = left / spread
    by_pair = (standard[:, ::-1] - r * standard) / spread
    by_rank = np.column_stack([by_pair, -by_pair @ slopes.T]) / ranks.std(axis=0)
    through = [_passed_on(own, by) for own, by in zip(ranks.T, by_rank.T, strict=True)]
    influence: NDArray[np.float64] = np.sum(through, axis=0)
    return influence


def with_participants_as_units(
    r: float, influence: NDArray[np.float64], participants: NDArray[np.int64]
) -> Correlation:
    """Return a correlation with limits and p that take participants as the independent units.

    The standard error is that of Taylor linearization, the sites of a participant summed (Binder,
    Int Stat Rev 1983;51:279). It has the factor G / (G − 1), as R's ``survey`` gives it. Limits are
    of Fisher's z by the delta method. Limits and p are of Student's t with G − 1 df.

    Parameters
    ----------
    influence
        The derivative of r by each site's weight, times the number of sites, shape (sites,).
    """
    if 1 - r * r <= VANISHING:
        return with_t_test(r, np.nan)
    sums = np.bincount(np.unique(participants, return_inverse=True)[1], weights=influence)
    variance = float((sums**2).sum()) * sums.size / (sums.size - 1) / influence.size**2
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


def _passed_on(ranks: NDArray[np.float64], by_rank: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum at each site the derivatives of all higher ones, and half of those of equal ones."""
    place = np.unique(ranks, return_inverse=True)[1]
    ties = np.bincount(place, weights=by_rank)
    higher = ties.sum() - np.cumsum(ties)
    passed: NDArray[np.float64] = (higher + ties / 2)[place]
    return passed
