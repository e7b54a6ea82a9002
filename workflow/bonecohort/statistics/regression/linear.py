"""Linear regression by least squares, with ordinary or heteroscedasticity-robust errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats
from statsmodels.regression.linear_model import OLS

from bonecohort.statistics.regression.logistic import CONFIDENCE, Coefficient
from bonecohort.statistics.values import is_constant
from bonecohort.study.collinearity import collinear_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Errors = Literal["ordinary", "hc3"]
"""Equal variances, or MacKinnon and White's HC3 (J Econom 1985;29:305)."""

VANISHING = 1e-20
"""Share of the outcome's variance below which residuals are rounding."""
CARRIED_BY_ONE = 1e-9
"""Distance of a row's leverage from 1 below which its residual is rounding."""


@dataclass(frozen=True)
class LinearFit:
    """Slopes in the order of the terms; all NaN where ``warning`` says why there is no fit.

    ``statistic`` and ``p_value`` are of the F of all slopes at once, with ``len(slopes)`` and
    ``df`` degrees of freedom. ``residual_sd`` is in the outcome's unit.
    """

    slopes: tuple[Coefficient, ...]
    intercept: Coefficient = field(default_factory=Coefficient)
    df: float = np.nan
    r_squared: float = np.nan
    adjusted_r_squared: float = np.nan
    residual_sd: float = np.nan
    statistic: float = np.nan
    p_value: float = np.nan
    warning: str = ""


def fit_linear(
    outcome: NDArray[np.float64],
    design: NDArray[np.float64],
    terms: Sequence[str],
    errors: Errors = "ordinary",
) -> LinearFit:
    """Fit a linear regression with an intercept by least squares.

    Limits and p are of Student's t with n − terms − 1 degrees of freedom, whatever the errors.

    Parameters
    ----------
    outcome
        Values, shape (n,).
    design
        Terms without the intercept, shape (n, terms), no missing value, no constant column.
    terms
        Names of the columns, for warnings.
    errors
        ``hc3`` holds where the variance differs between rows; estimates are the same.
    """
    reason = why_no_line(outcome, len(terms))
    if reason:
        return _no_fit(terms, reason)
    mean, scale = design.mean(axis=0), design.std(axis=0)
    standardized = np.column_stack([np.ones(len(design)), (design - mean) / scale])
    collinear = collinear_terms(standardized, terms)
    if collinear:
        return _no_fit(terms, f"not fitted: the terms are collinear: {', '.join(collinear)}")
    if errors == "hc3" and _leverage(standardized).max() > 1 - CARRIED_BY_ONE:
        return _no_fit(terms, "not fitted: one row alone carries a term, so HC3 has no variance")
    unit = float(outcome.std())
    scaled = (outcome - outcome.mean()) / unit
    fit = OLS(scaled, standardized).fit(cov_type="HC3" if errors == "hc3" else "nonrobust")
    if float(fit.ssr) <= VANISHING * outcome.size:
        return _no_fit(terms, "not fitted: the terms give the outcome exactly")
    change = np.diag(unit / np.concatenate([[1.0], scale]))
    change[0, 1:] = -unit * mean / scale
    estimates = change @ fit.params + np.concatenate([[outcome.mean()], np.zeros(len(terms))])
    covariance = change @ np.asarray(fit.cov_params()) @ change.T
    df = float(fit.df_resid)
    result = [
        student(b, float(np.sqrt(v)), df)
        for b, v in zip(estimates, np.diag(covariance), strict=True)
    ]
    slopes = fit.params[1:]
    wald = float(slopes @ np.linalg.solve(np.asarray(fit.cov_params())[1:, 1:], slopes))
    statistic = wald / len(terms)
    return LinearFit(
        tuple(result[1:]),
        result[0],
        df,
        float(fit.rsquared),
        float(fit.rsquared_adj),
        float(np.sqrt(fit.mse_resid)) * unit,
        statistic,
        float(stats.f.sf(statistic, len(terms), df)),
    )


def student(estimate: float, standard_error: float, df: float) -> Coefficient:
    """Return an estimate with its 95% limits and p of Student's t; normal with infinite df."""
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, df)) * standard_error
    p_value = 2 * float(stats.t.sf(abs(estimate / standard_error), df))
    return Coefficient(
        float(estimate), float(standard_error), estimate - half, estimate + half, p_value
    )


def why_no_line(outcome: NDArray[np.float64], n_terms: int) -> str:
    """Return why no line can be fitted to these values, or an empty text."""
    if outcome.size <= n_terms + 1:
        return f"not fitted: {outcome.size} complete rows for {n_terms + 1} parameters"
    if is_constant(outcome):
        return f"not fitted: the outcome is {outcome[0]:g} in all {outcome.size} complete rows"
    return ""


def _leverage(design: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the diagonal of the hat matrix, shape (n,)."""
    return np.asarray((np.linalg.qr(design)[0] ** 2).sum(axis=1), dtype=np.float64)


def _no_fit(terms: Sequence[str], reason: str) -> LinearFit:
    return LinearFit(tuple(Coefficient() for _ in terms), warning=reason)
