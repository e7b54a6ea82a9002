"""Ordinal logistic regression: one odds ratio for every cut of an ordered outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from scipy.special import expit
from statsmodels.discrete.discrete_model import Logit

from bonecohort.statistics.regression.logistic import (
    MOST_ITERATIONS,
    STEP_TOLERANCE,
    Coefficient,
    separating_terms,
    wald,
)
from bonecohort.statistics.regression.proportional_odds import maximum, separating_terms_of
from bonecohort.study.collinearity import collinear_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class BrantTest:
    """Brant's test that a slope (or with term "" all of them) is the same at every cut."""

    term: str
    statistic: float = np.nan
    df: float = np.nan
    p_value: float = np.nan
    warning: str = ""


@dataclass(frozen=True)
class OrdinalFit:
    """Slopes in the order of the terms; all NaN where ``warning`` says why there is no fit.

    A slope is the log odds ratio per unit of a higher category. ``thresholds`` are the log odds of
    a category up to each cut where every term is 0, shape (categories − 1,).
    """

    slopes: tuple[Coefficient, ...]
    thresholds: tuple[float, ...] = ()
    log_likelihood: float = np.nan
    brant: tuple[BrantTest, ...] = ()
    warning: str = ""


def fit_ordinal(
    outcome: NDArray[np.int64], design: NDArray[np.float64], terms: Sequence[str]
) -> OrdinalFit:
    """Fit the proportional odds model (McCullagh, J R Stat Soc B 1980;42:109).

    log(P(Y ≤ k) / P(Y > k)) = threshold_k − x·β, by maximum likelihood, with Wald's limits and p
    from the observed information; Brant's tests of each term and of all are beside it.

    Parameters
    ----------
    outcome
        Category numbers 0 … K − 1, each of them seen, K ≥ 3, shape (n,).
    design
        Terms without the intercept, shape (n, terms), no missing value, no constant column.
    terms
        Names of the columns, for warnings.
    """
    scale, mean = design.std(axis=0), design.mean(axis=0)
    standardized = (design - mean) / scale
    reason = _why_no_fit(outcome, standardized, terms)
    if reason:
        return _no_fit(terms, reason)
    result = maximum(outcome, standardized)
    if result is None:
        return _no_fit(terms, f"not fitted: no convergence in {MOST_ITERATIONS} iterations")
    n_cuts = int(outcome.max())
    estimates = result.estimates[n_cuts:] / scale
    errors = np.sqrt(np.diag(result.covariance))[n_cuts:] / scale
    thresholds = result.estimates[:n_cuts] + float(estimates @ mean)
    return OrdinalFit(
        tuple(wald(b, se) for b, se in zip(estimates, errors, strict=True)),
        tuple(thresholds.tolist()),
        result.log_likelihood,
        brant_tests(outcome, standardized, terms),
    )


def brant_tests(
    outcome: NDArray[np.int64], standardized: NDArray[np.float64], terms: Sequence[str]
) -> tuple[BrantTest, ...]:
    """Test whether slopes differ between the cuts of the outcome: all of them, then each term.

    A logistic regression is fitted at each cut, and Wald's chi-square compares the slopes by the
    covariance of the fits (Brant, Biometrics 1990;46:1171). Small p speaks against proportional
    odds. Where a cut separates the outcome there is no test.
    """
    n_cuts, n_terms = int(outcome.max()), len(terms)
    x = np.column_stack([np.ones(outcome.size), standardized])
    separated = [cut for cut in range(n_cuts) if separating_terms(outcome > cut, x, terms)]
    if separated:
        reason = f"not tested: cut {separated[0] + 1} of {n_cuts} is separated"
        return tuple(BrantTest(term, warning=reason) for term in ("", *terms))
    slopes, risks, inverses = [], [], []
    for cut in range(n_cuts):
        above = (outcome > cut).astype(np.float64)
        fit = Logit(above, x).fit(
            method="newton", maxiter=MOST_ITERATIONS, tol=STEP_TOLERANCE, disp=0,
            warn_convergence=False,
        )  # fmt: skip
        risk = expit(x @ fit.params)
        slopes.append(fit.params[1:])
        risks.append(risk)
        inverses.append(np.linalg.inv((x * (risk * (1 - risk))[:, np.newaxis]).T @ x))
    covariance = np.block(
        [
            [_between(x, risks, inverses, low, high) for high in range(n_cuts)]
            for low in range(n_cuts)
        ]
    )
    differences = np.kron(np.eye(n_cuts)[1:] - np.eye(n_cuts)[0], np.eye(n_terms))
    contrasts = differences @ np.concatenate(slopes)
    variance = differences @ covariance @ differences.T
    return tuple(
        _wald_test(name, contrasts[places], variance[np.ix_(places, places)])
        for name, places in [
            ("", np.arange(contrasts.size)),
            *((term, np.arange(k, contrasts.size, n_terms)) for k, term in enumerate(terms)),
        ]
    )


def _between(
    x: NDArray[np.float64],
    risks: Sequence[NDArray[np.float64]],
    inverses: Sequence[NDArray[np.float64]],
    first: int,
    second: int,
) -> NDArray[np.float64]:
    """Return the covariance of the slopes of two cuts: both above is above the higher cut."""
    both = risks[max(first, second)]
    weight = both - risks[first] * risks[second]
    middle = (x * weight[:, np.newaxis]).T @ x
    return (inverses[first] @ middle @ inverses[second])[1:, 1:]


def _wald_test(
    name: str, contrasts: NDArray[np.float64], variance: NDArray[np.float64]
) -> BrantTest:
    statistic = float(contrasts @ np.linalg.solve(variance, contrasts))
    df = float(contrasts.size)
    return BrantTest(name, statistic, df, float(stats.chi2.sf(statistic, df)))


def _why_no_fit(
    outcome: NDArray[np.int64], standardized: NDArray[np.float64], terms: Sequence[str]
) -> str:
    n_cuts = int(outcome.max()) if outcome.size else 0
    if n_cuts < 2:
        return f"not fitted: {n_cuts + 1} categories among {outcome.size} complete rows, not three"
    if outcome.size <= n_cuts + len(terms):
        parameters = n_cuts + len(terms)
        return f"not fitted: {outcome.size} complete rows for {parameters} parameters"
    design = np.column_stack([np.ones(outcome.size), standardized])
    if collinear := collinear_terms(design, terms):
        return f"not fitted: the terms are collinear: {', '.join(collinear)}"
    if separating := separating_terms_of(outcome, standardized, terms):
        return (
            f"not fitted: the outcome is separated (completely or quasi-completely) by "
            f"{', '.join(separating)}, so there is no maximum likelihood estimate"
        )
    return ""


def _no_fit(terms: Sequence[str], reason: str) -> OrdinalFit:
    return OrdinalFit(tuple(Coefficient() for _ in terms), warning=reason)
