"""Whether a continuous term's effect is linear in the log odds: Box-Tidwell and splines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.statistics.regression.logistic import Coefficient, fit_logistic
from bonecohort.statistics.regression.splines import (
    HARRELL_PERCENTILES,
    harrell_knots,
    restricted_cubic,
)
from bonecohort.statistics.values import is_constant, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.regression.logistic import LogisticFit
    from bonecohort.statistics.regression.model_diagnostics import FittedModel

LINEARITY_COLUMNS = (
    "model", "variables", "term", "test", "n", "events", "estimate", "standard_error",
    "wald_p_value", "lr_statistic", "df", "lr_p_value", "knots", "warning",
)  # fmt: skip
CURVE_COLUMNS = (
    "model", "variables", "term", "value", "reference_value",
    "log_odds_ratio", "standard_error", "odds_ratio", "ci_low", "ci_high",
)  # fmt: skip
LR_P_VALUE_TEST = "likelihood_ratio"
"""The test behind ``lr_p_value``."""
CURVE_POINTS = 50
CURVE_RANGE = (0.025, 0.975)


@dataclass(frozen=True, eq=False)
class Spline:
    """A term fitted as a restricted cubic spline in place of its line."""

    term: str
    values: NDArray[np.float64]
    knots: NDArray[np.float64]
    fit: LogisticFit
    own: NDArray[np.bool_]
    """Which of the fit's slopes are the spline's, in the order of its basis."""


def linearity(
    models: Sequence[FittedModel], spline_terms: Sequence[str], n_knots: int
) -> pd.DataFrame:
    """Test the linearity of every continuous term of every model.

    ``box_tidwell`` adds x·ln(x) of one term to the model (Box and Tidwell, Technometrics 1962;
    4:531). It gives the Wald test of it, and a likelihood ratio test of 1 df.
    ``restricted_cubic_spline`` puts a spline in place of the line of each of ``spline_terms``. It
    gives a likelihood ratio test of knots − 2 df.
    """
    rows: list[dict[str, Any]] = []
    for model in models:
        for term in continuous_terms(model):
            rows.append(_described(model, term, "box_tidwell", box_tidwell(model, term)))
            if term in spline_terms:
                _, result = fit_spline(model, term, n_knots)
                rows.append(_described(model, term, "restricted_cubic_spline", result))
    return pd.DataFrame(rows, columns=list(LINEARITY_COLUMNS))


def continuous_terms(model: FittedModel) -> list[str]:
    """Return the names of the continuous terms asked for, those left out included."""
    return [term.name for term in model.data.terms if not term.category]


def box_tidwell(model: FittedModel, term: str) -> dict[str, Any]:
    """Return the Box-Tidwell test of one term, or the reason there is none."""
    reason = model.data.left_out[term] or model.reason
    if reason or not model.fit:
        return {"warning": reason}
    values = model.columns[:, model.term_names.index(term)]
    lowest = float(values.min())
    if lowest <= 0:
        return {"warning": f"no Box-Tidwell test: ln(x) needs x above 0, the smallest {lowest:g}"}
    added = np.column_stack([model.columns, values * np.log(values)])
    name = f"{term}*ln({term})"
    fit = fit_logistic(model.data.events, added, [*model.term_names, name])
    slope = Coefficient() if fit.warning else fit.slopes[-1]
    return {
        "estimate": slope.estimate,
        "standard_error": slope.standard_error,
        "wald_p_value": slope.p_value,
        **_likelihood_ratio(model.fit, fit, 1),
    }


def fit_spline(model: FittedModel, term: str, n_knots: int) -> tuple[Spline | None, dict[str, Any]]:
    """Return a term's spline and its test against the line, or None and the reason."""
    reason = model.data.left_out[term] or model.reason
    if reason or not model.fit:
        return None, {"warning": reason}
    values = model.columns[:, model.term_names.index(term)]
    knots = harrell_knots(values, n_knots)
    if np.any(np.diff(knots) <= 0) or is_constant(values):
        percentiles = ", ".join(f"{100 * p:g}" for p in HARRELL_PERCENTILES[n_knots])
        return None, {
            "warning": f"no spline: the percentiles {percentiles} of {term} are not distinct"
        }
    curved = restricted_cubic(values, knots)[:, 1:]
    primes = [f"{term}{chr(39) * order}" for order in range(1, n_knots - 1)]  # age', age''
    names = [*model.term_names, *primes]
    fit = fit_logistic(model.data.events, np.column_stack([model.columns, curved]), names)
    described = {
        **_likelihood_ratio(model.fit, fit, n_knots - 2),
        "knots": " ".join(f"{knot:.6g}" for knot in knots),
    }
    own = np.array([name == term or name in primes for name in names])
    return (None if fit.warning else Spline(term, values, knots, fit, own)), described


def spline_curves(
    models: Sequence[FittedModel], spline_terms: Sequence[str], n_knots: int
) -> pd.DataFrame:
    """Return the splines as odds ratios against the median, over the middle 95% of the values."""
    rows: list[pd.DataFrame] = []
    for model in models:
        for term in continuous_terms(model):
            if term in spline_terms:
                spline, _ = fit_spline(model, term, n_knots)
                rows += [_curve(spline).assign(**model.facts, term=term)] if spline else []
    if not rows:
        return pd.DataFrame(columns=list(CURVE_COLUMNS))
    return pd.concat(rows)[list(CURVE_COLUMNS)]


def _curve(spline: Spline) -> pd.DataFrame:
    low, high = np.quantile(spline.values, CURVE_RANGE)
    grid, reference = np.linspace(low, high, CURVE_POINTS), float(np.median(spline.values))
    at_reference = restricted_cubic(np.array([reference]), spline.knots)
    difference = restricted_cubic(grid, spline.knots) - at_reference
    slopes = np.array([slope.estimate for slope in spline.fit.slopes])[spline.own]
    covariance = spline.fit.covariance[np.ix_(spline.own, spline.own)]
    ratio = difference @ slopes
    variance = np.einsum("ij,jk,ik->i", difference, covariance, difference)
    error = np.sqrt(np.maximum(variance, 0.0))
    half = stats.norm.ppf(0.975) * error
    return pd.DataFrame(
        {
            "value": grid,
            "reference_value": reference,
            "log_odds_ratio": ratio,
            "standard_error": error,
            "odds_ratio": np.exp(ratio),
            "ci_low": np.exp(ratio - half),
            "ci_high": np.exp(ratio + half),
        }
    )


def _likelihood_ratio(smaller: LogisticFit, larger: LogisticFit, df: int) -> dict[str, Any]:
    if larger.warning:
        return {"warning": larger.warning}
    statistic = 2 * (larger.log_likelihood - smaller.log_likelihood)
    p_value = float(stats.chi2.sf(statistic, df))
    return {"lr_statistic": statistic, "df": df, "lr_p_value": p_value, "warning": ""}


def _described(model: FittedModel, term: str, test: str, result: dict[str, Any]) -> dict[str, Any]:
    return {
        **model.facts,
        "term": term,
        "test": test,
        "n": model.data.events.size,
        "events": int(model.data.events.sum()),
        **result,
        "warning": joined(model.remark, result["warning"]),
    }
