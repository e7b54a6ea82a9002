"""Correlation of two variables among independent rows: Pearson's, Spearman's, and partial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.values import is_constant, ranked_precision
from bonecohort.study.collinearity import collinear_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

CorrelationMethod = Literal["pearson", "spearman"]
Z_95 = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
LEAST_FREE = 2
"""Degrees of freedom below which a correlation has no limits."""
VANISHING = 1e-14
"""Share of a variance below which it is rounding."""
PERFECT = "the correlation is perfect, so there are no limits"


@dataclass(frozen=True)
class Correlation:
    """A correlation with its 95% limits and the t-test of none; NaN with the ``warning`` why."""

    r: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    statistic: float = np.nan
    df: float = np.nan
    p_value: float = np.nan
    warning: str = ""


def correlate(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    method: CorrelationMethod = "pearson",
    adjust_for: NDArray[np.float64] | None = None,
    names: Sequence[str] = (),
) -> Correlation:
    """Return the correlation of two variables, the covariates' linear effect taken out of both.

    Spearman's is Pearson's of the midranks, and so is its partial one (of x, y and covariates).
    p is of Student's t with n − 2 − covariates degrees of freedom, as R's ``cor.test`` without
    exact p and ``ppcor`` give it. Limits are Fisher's z (Metron 1921;1:3) with the variance
    1 / (n − 3 − covariates), for Spearman's times 1 + r² / 2 (Bonett & Wright, Psychometrika
    2000;65:23).

    Parameters
    ----------
    x, y
        Values, shape (n,), none missing.
    adjust_for
        Covariates, shape (n, covariates).
    names
        Names of x, y and the covariates, for warnings.
    """
    others = np.empty((x.size, 0)) if adjust_for is None else adjust_for
    named = tuple(names) or ("x", "y", *(f"covariate {k + 1}" for k in range(others.shape[1])))
    df = x.size - 2 - others.shape[1]
    if df < 1:
        return Correlation(
            warning=f"not computed: {x.size} complete rows, fewer than {x.size + 1 - df}"
        )
    columns = np.column_stack([x, y, others])
    if reason := why_not_correlated(columns, named):
        return Correlation(warning=reason)
    if method == "spearman":
        columns = np.apply_along_axis(midranks, 0, columns)
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    design = np.column_stack([np.ones(x.size), standard[:, 2:]])
    left = standard[:, :2] - design @ np.linalg.lstsq(design, standard[:, :2])[0]
    sizes = np.sqrt((left**2).sum(axis=0))
    gone = [name for name, size in zip(named, sizes, strict=False) if size**2 <= VANISHING * x.size]
    if gone:
        return Correlation(warning=f"not computed: the covariates give {', '.join(gone)} exactly")
    r = float(np.clip(left[:, 0] @ left[:, 1] / sizes.prod(), -1.0, 1.0))
    return with_t_test(r, float(df), method)


def with_t_test(r: float, df: float, method: CorrelationMethod = "pearson") -> Correlation:
    """Return a correlation with Fisher's limits and the t-test of none, with ``df``."""
    if 1 - r * r <= VANISHING:
        return Correlation(r, statistic=np.inf * r, df=df, p_value=0.0, warning=PERFECT)
    statistic = r * np.sqrt(df / (1 - r * r))
    p_value = 2 * float(stats.t.sf(abs(statistic), df))
    if df < LEAST_FREE:
        return Correlation(r, np.nan, np.nan, float(statistic), df, p_value, "too few for limits")
    variance = (1 + r * r / 2 if method == "spearman" else 1.0) / (df - 1)
    half = Z_95 * np.sqrt(variance)
    low, high = np.tanh([np.arctanh(r) - half, np.arctanh(r) + half]).tolist()
    return Correlation(r, low, high, float(statistic), df, p_value)


def midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, ties sharing their mean; values are compared to 12 digits."""
    ranks: NDArray[np.float64] = stats.rankdata(ranked_precision(values))
    return ranks


def why_not_correlated(columns: NDArray[np.float64], names: Sequence[str]) -> str:
    """Return why x, y and the covariates, shape (n, 2 + covariates), cannot be correlated."""
    constant = [name for name, column in zip(names, columns.T, strict=True) if is_constant(column)]
    if constant:
        return f"not computed: {', '.join(constant)} has one value only"
    covariates = columns[:, 2:]
    if not covariates.shape[1]:
        return ""
    standard = (covariates - covariates.mean(axis=0)) / covariates.std(axis=0)
    design = np.column_stack([np.ones(len(columns)), standard])
    if collinear := collinear_terms(design, names[2:]):
        return f"not computed: the covariates are collinear: {', '.join(collinear)}"
    return ""
