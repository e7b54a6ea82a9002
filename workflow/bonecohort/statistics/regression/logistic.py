"""Logistic regression by maximum likelihood, refused with a reason where no estimate exists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from scipy.optimize import linprog
from statsmodels.discrete.discrete_model import Logit

from bonecohort.study.collinearity import collinear_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CONFIDENCE = 0.95
STEP_TOLERANCE = 1e-12
MOST_ITERATIONS = 100
SEPARATION_PER_ROW = 1e-5
"""Gain a row of the separation problem must add, well above the solver's feasibility of 1e-7."""


@dataclass(frozen=True)
class Coefficient:
    """One slope: log odds per unit, Wald standard error, limits and p."""

    estimate: float = np.nan
    standard_error: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    p_value: float = np.nan


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """Slopes in the order of the terms; all NaN when ``warning`` says why there is no fit.

    ``log_odds`` are the fitted log odds of each row, shape (n,); ``covariance`` is that of the
    slopes, shape (terms, terms). Both are empty where there is no fit.
    """

    slopes: tuple[Coefficient, ...]
    warning: str = ""
    log_odds: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    log_likelihood: float = np.nan
    covariance: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 0)))


def fit_logistic(
    outcome: NDArray[np.bool_], design: NDArray[np.float64], terms: Sequence[str]
) -> LogisticFit:
    """Fit a logistic regression with an intercept.

    Parameters
    ----------
    outcome
        Event or not, shape (n,).
    design
        Terms without the intercept, shape (n, terms), no missing value, no constant column.
    terms
        Names of the columns, for warnings.

    Notes
    -----
    Columns are standardized for the fit and the slopes scaled back, which leaves the model as it
    is and keeps Newton's method well conditioned for large numbers beside 0/1 terms.
    """
    reason = _why_no_fit(outcome, len(terms))
    if reason:
        return _no_fit(terms, reason)
    scale = design.std(axis=0)
    standardized = np.column_stack([np.ones(len(design)), (design - design.mean(axis=0)) / scale])
    collinear = collinear_terms(standardized, terms)
    if collinear:
        return _no_fit(terms, f"not fitted: the terms are collinear: {', '.join(collinear)}")
    separating = separating_terms(outcome, standardized, terms)
    if separating:
        return _no_fit(
            terms,
            f"not fitted: the outcome is separated (completely or quasi-completely) by "
            f"{', '.join(separating)}, so there is no maximum likelihood estimate",
        )
    fit = Logit(outcome.astype(np.float64), standardized).fit(
        method="newton", maxiter=MOST_ITERATIONS, tol=STEP_TOLERANCE, disp=0, warn_convergence=False
    )
    if not fit.mle_retvals["converged"]:
        return _no_fit(terms, f"not fitted: no convergence in {MOST_ITERATIONS} iterations")
    estimates, errors = fit.params[1:] / scale, fit.bse[1:] / scale
    return LogisticFit(
        tuple(wald(b, se) for b, se in zip(estimates, errors, strict=True)),
        log_odds=standardized @ fit.params,
        log_likelihood=float(fit.llf),
        covariance=fit.cov_params()[1:, 1:] / np.outer(scale, scale),
    )


def separating_terms(
    outcome: NDArray[np.bool_], design: NDArray[np.float64], terms: Sequence[str]
) -> list[str]:
    """Return the terms that separate the outcome, completely or quasi-completely.

    These are the terms that do so alone, or, if none does, those that do so together.

    A direction β separates when every event has x·β ≥ 0 and every non-event x·β ≤ 0, with at
    least one strict; then the likelihood has no maximum. Whether one exists is a linear
    programme (Konis, DPhil thesis, Oxford 2007).

    Parameters
    ----------
    design
        Standardized terms behind a column of ones, shape (n, 1 + terms).
    """
    sides = np.where(outcome, 1.0, -1.0)[:, np.newaxis] * design
    solution = linprog(
        -sides.sum(axis=0), A_ub=-sides, b_ub=np.zeros(len(sides)), bounds=(-1, 1), method="highs"
    )
    direction = np.asarray(solution.x, dtype=np.float64)
    if float((sides @ direction).sum()) <= SEPARATION_PER_ROW * len(sides):
        return []
    if len(terms) == 1:
        return list(terms)
    alone = [
        term
        for column, term in enumerate(terms, start=1)
        if separating_terms(outcome, design[:, [0, column]], [term])
    ]
    together = np.abs(direction[1:]) > SEPARATION_PER_ROW
    return alone or [term for term, moves in zip(terms, together, strict=True) if moves]


def _why_no_fit(outcome: NDArray[np.bool_], n_terms: int) -> str:
    events = int(outcome.sum())
    if events in (0, outcome.size):
        return f"not fitted: {events} events among {outcome.size} complete rows"
    if outcome.size <= n_terms + 1:
        return f"not fitted: {outcome.size} complete rows for {n_terms + 1} parameters"
    return ""


def _no_fit(terms: Sequence[str], reason: str) -> LogisticFit:
    return LogisticFit(tuple(Coefficient() for _ in terms), reason)


def wald(estimate: float, standard_error: float) -> Coefficient:
    """Return an estimate with Wald's 95% limits and p."""
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * standard_error
    p_value = 2 * float(stats.norm.sf(abs(estimate / standard_error)))
    return Coefficient(
        float(estimate), float(standard_error), estimate - half, estimate + half, p_value
    )
