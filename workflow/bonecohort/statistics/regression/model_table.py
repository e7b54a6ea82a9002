"""Linear, logistic or ordinal regression, as the outcome's type asks for: a tidy table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.design import design_of, empty_category, fitted_without
from bonecohort.statistics.regression.linear import fit_linear
from bonecohort.statistics.regression.logistic import Coefficient, fit_logistic
from bonecohort.statistics.regression.logistic_published import too_few_events
from bonecohort.statistics.regression.ordinal import OrdinalFit, fit_ordinal
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.regression.design import Design, Term
    from bonecohort.statistics.regression.linear import Errors
    from bonecohort.study.settings import Variable

Family = Literal["linear", "logistic", "ordinal"]
REGRESSION_COLUMNS = (
    "model", "family", "outcome", "term", "reference", "estimate", "standard_error",
    "odds_ratio", "ci_low", "ci_high", "test", "df", "p_value", "n", "events", "n_missing",
    "errors", "r_squared", "adjusted_r_squared", "residual_sd", "warning",
)  # fmt: skip
PROPORTIONAL_ODDS_COLUMNS = (
    "model", "outcome", "term", "test", "statistic", "df", "p_value", "n", "warning",
)  # fmt: skip
ALPHA = 0.05
"""Below this Brant's test stands beside the odds ratios."""

Row = dict[str, Any]


def family_of(outcome: Variable) -> Family:
    """Return the regression of an outcome: ordinal of more than two categories, as declared."""
    if outcome.type == "continuous":
        return "linear"
    return "logistic" if len(outcome.levels) == 2 else "ordinal"


def regression_table(
    frame: pd.DataFrame,
    outcome: str,
    univariate: Sequence[str],
    multivariable: Sequence[str],
    variables: Mapping[str, Variable],
    *,
    errors: Errors = "ordinary",
) -> pd.DataFrame:
    """Fit each univariate model and the multivariable one, one row a term.

    Each model has its own complete rows. ``estimate`` is a difference in the outcome's unit per
    unit of the term, or a log odds ratio: of the second of two categories, or of a higher of
    several. ``ci_low`` and ``ci_high`` are of the odds ratio where there is one. ``test`` is the
    one behind ``p_value``, ``slope_t`` or ``wald``. ``r_squared`` and ``residual_sd`` are the
    whole model's.

    Parameters
    ----------
    frame
        One row a participant, or a site where sites may be taken as independent.
    outcome
        A declared variable; categories of more than two are ordered as declared.
    univariate, multivariable
        Terms entered one at a time, and those entered together.
    errors
        Of linear models: ``ordinary`` or ``hc3``.
    """
    plans = _plans(univariate, multivariable)
    if reason := _why_no_outcome(frame, outcome, variables):
        facts = {"outcome": outcome, "n": 0, "warning": reason}
        left_out = [{"model": model, "term": n, **facts} for model, names in plans for n in names]
        return pd.DataFrame(left_out, columns=list(REGRESSION_COLUMNS))
    rows = [
        {"model": model, **row}
        for model, names in plans
        for row in _model(frame, outcome, names, variables, errors)
    ]
    return pd.DataFrame(rows, columns=list(REGRESSION_COLUMNS))


def proportional_odds_tests(
    frame: pd.DataFrame,
    outcome: str,
    univariate: Sequence[str],
    multivariable: Sequence[str],
    variables: Mapping[str, Variable],
) -> pd.DataFrame:
    """Test the assumption of each ordinal model: Brant's test of all terms, then of each.

    An outcome that is not ordinal has no rows.
    """
    rows: list[Row] = []
    if _why_no_outcome(frame, outcome, variables) or family_of(variables[outcome]) != "ordinal":
        return pd.DataFrame(rows, columns=list(PROPORTIONAL_ODDS_COLUMNS))
    for model, names in _plans(univariate, multivariable):
        design = _design(frame, outcome, names, variables)
        numbers = _categories(design, outcome, variables[outcome])
        fit = _fit_ordinal(design, numbers)
        facts = {"model": model, "outcome": outcome, "test": "brant", "n": numbers.size}
        rows += [{**facts, **asdict(test)} for test in fit.brant]
        if not fit.brant:
            rows.append({**facts, "term": "", "warning": fit.warning})
    return pd.DataFrame(rows, columns=list(PROPORTIONAL_ODDS_COLUMNS))


def _plans(univariate: Sequence[str], multivariable: Sequence[str]) -> list[tuple[str, list[str]]]:
    plans = [("univariate", [name]) for name in univariate]
    return [*plans, ("multivariable", list(multivariable))] if multivariable else plans


def _why_no_outcome(frame: pd.DataFrame, outcome: str, variables: Mapping[str, Variable]) -> str:
    if outcome not in variables:
        return f"left out: {outcome} is not declared under variables"
    return "" if outcome in frame else f"left out: the table has no column {outcome}"


def _design(
    frame: pd.DataFrame, outcome: str, names: Sequence[str], variables: Mapping[str, Variable]
) -> Design:
    variable, values = variables[outcome], frame[outcome]
    categorical = variable.type == "categorical"
    known = values.isin(variable.levels) if categorical else values.notna()
    return design_of(frame[known], names, variables)


def _categories(design: Design, outcome: str, variable: Variable) -> NDArray[np.int64]:
    """Return the places of the outcome's categories among those that somebody has."""
    values = design.complete[outcome]
    seen = [level for level in variable.levels if (values == level).any()]
    places = {level: place for place, level in enumerate(seen)}
    return np.array([places[value] for value in values], dtype=np.int64)


def _fit_ordinal(design: Design, numbers: NDArray[np.int64]) -> OrdinalFit:
    if not design.varying:
        return OrdinalFit((), warning="not fitted: no term varies")
    return fit_ordinal(numbers, design.columns, [term.name for term in design.varying])


def _model(
    frame: pd.DataFrame,
    outcome: str,
    names: Sequence[str],
    variables: Mapping[str, Variable],
    errors: Errors,
) -> list[Row]:
    family = family_of(variables[outcome])
    design = _design(frame, outcome, names, variables)
    slopes, facts = _fitted(family, design, outcome, variables[outcome], errors)
    facts |= {"family": family, "outcome": outcome, "n_missing": design.n_missing}
    warning = facts.pop("warning")
    rows = []
    for term in design.terms:
        reason = design.left_out[term.variable]
        text = reason or (warning if term in slopes else empty_category(term))
        slope = slopes.get(term, Coefficient())
        rows.append({**facts, **_described(term, slope, family), "warning": text})
    return rows


def _fitted(
    family: Family, design: Design, outcome: str, variable: Variable, errors: Errors
) -> tuple[dict[Term, Coefficient], Row]:
    terms, names = design.varying, [term.name for term in design.varying]
    facts: Row = {"n": len(design.complete), "test": "wald", "df": np.inf, "warning": ""}
    absent = fitted_without(design.absent)
    if not terms:
        return {}, facts
    if family == "linear":
        values = pd.to_numeric(design.complete[outcome]).to_numpy(dtype=np.float64)
        line = fit_linear(values, design.columns, names, errors)
        facts |= {
            "test": "slope_t", "df": line.df, "errors": errors, "r_squared": line.r_squared,
            "adjusted_r_squared": line.adjusted_r_squared, "residual_sd": line.residual_sd,
            "warning": line.warning or absent,
        }  # fmt: skip
        return dict(zip(terms, line.slopes, strict=True)), facts
    if family == "ordinal":
        ordinal = _fit_ordinal(design, _categories(design, outcome, variable))
        facts["warning"] = ordinal.warning or joined(absent, _not_proportional(ordinal))
        return dict(zip(terms, ordinal.slopes, strict=True)), facts
    events = (design.complete[outcome] == variable.levels[-1]).to_numpy(dtype=bool)
    fit = fit_logistic(events, design.columns, names)
    few = too_few_events(events, terms)
    facts |= {"events": int(events.sum()), "warning": fit.warning or joined(absent, few)}
    return dict(zip(terms, fit.slopes, strict=True)), facts


def _not_proportional(fit: OrdinalFit) -> str:
    overall = fit.brant[0]
    if not overall.p_value < ALPHA:
        return ""
    return f"the odds may not be proportional (Brant's test, p = {overall.p_value:.3g})"


def _described(term: Term, slope: Coefficient, family: Family) -> Row:
    row = {"term": term.name, "reference": term.reference, **asdict(slope)}
    if family == "linear":
        return row
    with np.errstate(over="ignore"):  # a unit far too large gives odds ratios beyond any number
        ratio, low, high = np.exp([slope.estimate, slope.ci_low, slope.ci_high]).tolist()
    return {**row, "odds_ratio": ratio, "ci_low": low, "ci_high": high}
