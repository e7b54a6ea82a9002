"""Regressions of sites nested in participants: naive, cluster-robust and GEE.

All three estimate the mean of the population of sites; they differ in what they take as
independent, sites or participants.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats
from statsmodels.genmod.cov_struct import Exchangeable, Independence
from statsmodels.genmod.families import Binomial, Gaussian
from statsmodels.genmod.generalized_estimating_equations import GEE
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

from bonecohort.statistics.regression.clustered_data import (
    carried_by_one,
    why_no_fit,
    without_variance,
)
from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.regression.clustered_data import ClusteredData, Family

Method = Literal["independent", "cluster_robust", "gee_exchangeable", "gee_bias_reduced"]
FEW_PARTICIPANTS = 50
"""Below this the robust standard errors are too small, and the bias-reduced ones are shown."""
SCORE_TOLERANCE = 1e-9
"""Of the estimating equations, per root of an observation, on standardized columns."""
MOST_ITERATIONS = 100


@dataclass(frozen=True)
class ClusteredFit:
    """Intercept and slopes with their covariance; ``df`` is infinite for the normal distribution.

    ``correlation`` is that between two sites of a participant, of GEE alone. Where ``reason``
    says why there is no fit, the numbers are NaN.
    """

    method: Method
    estimates: NDArray[np.float64]
    covariance: NDArray[np.float64]
    df: float
    correlation: float = np.nan
    warning: str = ""
    reason: str = ""

    def error(self, index: int) -> float:
        """Return the standard error of one estimate, the intercept being the first."""
        return float(np.sqrt(self.covariance[index, index]))

    def limits(self, index: int) -> tuple[float, float]:
        """Return the 95% limits of one estimate."""
        half = float(stats.t.ppf((1 + CONFIDENCE) / 2, self.df)) * self.error(index)
        return float(self.estimates[index]) - half, float(self.estimates[index]) + half

    def p_value(self, index: int) -> float:
        """Return the two-sided Wald p of one estimate."""
        return 2 * float(stats.t.sf(abs(self.estimates[index]) / self.error(index), self.df))

    def wald(self, indices: Sequence[int]) -> tuple[float, float]:
        """Test several estimates at once; return Wald's chi-square and its p.

        With finite df the statistic divided by the number of estimates is taken as F.
        """
        some = np.ix_(indices, indices)
        wanted = self.estimates[list(indices)]
        statistic = float(wanted @ np.linalg.solve(self.covariance[some], wanted))
        # F with infinite denominator df is chi-square over its df.
        if np.isinf(self.df):
            return statistic, float(stats.chi2.sf(statistic, len(indices)))
        return statistic, float(stats.f.sf(statistic / len(indices), len(indices), self.df))


def fit_all(data: ClusteredData) -> list[ClusteredFit]:
    """Fit one regression in every way, the naive one first.

    - ``independent``: least squares (t, n − k df) or maximum likelihood (normal).
    - ``cluster_robust``: the same estimates with the sandwich of participants, multiplied by G / (G
      − 1). For least squares it is multiplied by (n − 1) / (n − k) too (HC1; t with G − 1 df)
      (Cameron & Miller, J Hum Resour 2015;50:317).
    - ``gee_exchangeable``: Liang & Zeger (Biometrika 1986;73:13), robust standard errors, normal.
      Scale and correlation are plain moments, divided by the counts as geepack does.
    - ``gee_bias_reduced``: the same with fewer than 50 participants, standard errors of Mancl &
      DeRouen (Biometrics 2001;57:126), t with G − k df.

    Columns are standardized for the fit and the results put back, which leaves the model as it is.
    """
    reason = why_no_fit(data)
    if reason:
        return [_no_fit(data, method, reason) for method in methods_for(data)]
    scaled = data.standardized()
    participants = data.n_participants
    few = participants < FEW_PARTICIPANTS
    independent = _independent(scaled)
    naive = _put_back(independent, data)
    if only := carried_by_one(scaled):
        reason = f"not computed: one participant alone carries {', '.join(only)}"
        return [naive, *(_no_fit(data, method, reason) for method in methods_for(data)[1:])]
    result = [_cluster_robust(scaled, few=few)]
    result += [
        _gee(scaled, result[0].estimates, method, few=few) for method in methods_for(data)[2:]
    ]
    held = [_with_variance(fit, independent, data) for fit in result]
    return [naive, *(_put_back(fit, data) for fit in held)]


def methods_for(data: ClusteredData) -> tuple[Method, ...]:
    """Return the methods of a regression; the last is the one recommended."""
    always: tuple[Method, ...] = ("independent", "cluster_robust", "gee_exchangeable")
    few = data.n_participants < FEW_PARTICIPANTS
    return (*always, "gee_bias_reduced") if few else always


def _no_fit(data: ClusteredData, method: Method, reason: str) -> ClusteredFit:
    size = len(data.terms) + 1
    nothing = np.full((size, size), np.nan)
    return ClusteredFit(method, nothing[0], nothing, np.nan, reason=reason)


def _with_variance(
    fit: ClusteredFit, independent: ClusteredFit, data: ClusteredData
) -> ClusteredFit:
    """Return the fit, or the reason why its variance is nothing but rounding."""
    if fit.reason:
        return fit
    vanished = without_variance(fit.covariance, independent.covariance, data.terms)
    if not vanished:
        return fit
    text = f"the residuals of each participant cancel in {', '.join(vanished)}"
    return _no_fit(data, fit.method, f"not computed: {text}, so there is no robust variance")


def _put_back(fit: ClusteredFit, data: ClusteredData) -> ClusteredFit:
    """Turn estimates of standardized columns into those of the columns as they are."""
    change = np.diag(np.concatenate([[1.0], 1 / data.design.std(axis=0)]))
    change[0, 1:] = -data.design.mean(axis=0) / data.design.std(axis=0)
    start = np.zeros(len(data.terms) + 1)
    if data.family == "linear":
        change *= data.outcome.std()
        start[0] = data.outcome.mean()
    covariance = change @ fit.covariance @ change.T
    estimates = start + change @ fit.estimates
    return ClusteredFit(
        fit.method, estimates, covariance, fit.df, fit.correlation, fit.warning, fit.reason
    )


def _independent(scaled: ClusteredData) -> ClusteredFit:
    fit = _glm(scaled).fit(tol=1e-13, maxiter=MOST_ITERATIONS)
    linear = scaled.family == "linear"
    df = float(fit.df_resid) if linear else np.inf
    return ClusteredFit("independent", fit.params, fit.cov_params(), df)


def _cluster_robust(scaled: ClusteredData, *, few: bool) -> ClusteredFit:
    options = {"groups": scaled.participants, "use_correction": True}
    fit = _glm(scaled).fit(tol=1e-13, maxiter=MOST_ITERATIONS, cov_type="cluster", cov_kwds=options)
    covariance = np.asarray(fit.cov_params())
    n, size = scaled.design.shape
    participants = scaled.n_participants
    linear = scaled.family == "linear"
    if not linear:  # statsmodels multiplies by (n − 1) / (n − k) whatever the model
        covariance = covariance * (n - size) / (n - 1)
    df = participants - 1.0 if linear else np.inf
    warning = _too_narrow(participants) if few else ""
    return ClusteredFit("cluster_robust", fit.params, covariance, df, warning=warning)


def _gee(
    scaled: ClusteredData, start: NDArray[np.float64], method: Method, *, few: bool
) -> ClusteredFit:
    n, size = scaled.design.shape
    participants = scaled.n_participants
    reduced = method == "gee_bias_reduced"
    nested = participants < n
    model = GEE(
        scaled.outcome,
        scaled.design,
        scaled.participants,
        family=_distribution(scaled.family),
        cov_struct=Exchangeable() if nested else Independence(),
    )
    # What is caught here becomes a reason below; a correlation of 1 divides by zero.
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        warnings.simplefilter("ignore", IterationLimitWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = model.fit(
            start_params=start,
            maxiter=MOST_ITERATIONS,
            ctol=SCORE_TOLERANCE * np.sqrt(n),
            ddof_scale=0,
            cov_type="bias_reduced" if reduced else "robust",
        )
    if fit is None or not fit.converged:
        return _no_fit(scaled, method, f"not fitted: no convergence in {MOST_ITERATIONS} steps")
    correlation = float(fit.cov_struct.dep_params) if nested else np.nan
    largest = int(np.unique(scaled.participants, return_counts=True)[1].max())
    if nested and not -1 / (largest - 1) < correlation < 1:
        reason = f"not fitted: a correlation of {correlation:.3f} within participants is impossible"
        return _no_fit(scaled, method, reason)
    warning = joined(
        _too_narrow(participants) if few and not reduced else "",
        "" if nested else f"every participant has one {scaled.site.one}, so nothing is nested",
    )
    df = float(participants - size) if reduced else np.inf
    return ClusteredFit(method, fit.params, fit.cov_params(), df, correlation, warning)


def _too_narrow(participants: int) -> str:
    return f"{participants} participants: fewer than {FEW_PARTICIPANTS}, the interval is too narrow"


def _distribution(family: Family) -> Gaussian | Binomial:
    return Gaussian() if family == "linear" else Binomial()


def _glm(scaled: ClusteredData) -> GLM:
    return GLM(scaled.outcome, scaled.design, family=_distribution(scaled.family))
