"""Table 3 as a reviewer asks for it: profile likelihood, and Firth's penalty under separation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.design import empty_category, fitted_without
from bonecohort.statistics.regression.logistic import fit_logistic
from bonecohort.statistics.regression.logistic_published import model_data, too_few_events
from bonecohort.statistics.regression.penalized_likelihood import FIRTH, NoConvergenceError
from bonecohort.statistics.regression.profile_likelihood import ProfiledCoefficient, fit_profile
from bonecohort.statistics.tests.multiplicity import holm
from bonecohort.statistics.values import joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.statistics.regression.design import Term
    from bonecohort.statistics.regression.logistic_published import ModelData
    from bonecohort.study.settings import Variable

RECOMMENDED_MODEL_COLUMNS = (
    "analysis", "model", "outcome", "term", "reference", "method", "shown", "estimate",
    "standard_error", "odds_ratio", "ci_low", "ci_high", "statistic", "df", "p_value",
    "p_adjusted", "family", "n", "events", "n_missing", "events_per_term", "log_likelihood",
    "warnings", "reason",
)  # fmt: skip
FAMILY = "Table 3: every term of the univariate and multivariable models"
MAXIMUM_LIKELIHOOD, FIRTH_METHOD = "maximum_likelihood", "firth"
P_VALUE_TESTS = {
    MAXIMUM_LIKELIHOOD: "likelihood_ratio",
    FIRTH_METHOD: "penalized_likelihood_ratio",
}
"""The test behind ``p_value``, by method."""

Row = dict[str, Any]


def recommended_models(
    participants: pd.DataFrame,
    outcome: str,
    univariate: Sequence[str],
    multivariable: Sequence[str],
    variables: Mapping[str, Variable],
) -> pd.DataFrame:
    """Fit the models of Table 3 by maximum likelihood and with Firth's penalty.

    Limits and p are by (penalized) likelihood ratio, ``ci_low`` and ``ci_high`` on the scale of
    the odds ratio. ``shown`` marks maximum likelihood, or Firth where the outcome is separated
    and there is no maximum likelihood estimate. Holm's ``p_adjusted`` covers all shown terms.
    """
    models = [("univariate", [name]) for name in univariate]
    models.append(("multivariable", list(multivariable)))
    rows = [
        row
        for model, names in models
        for row in _model(model, outcome, model_data(participants, outcome, names, variables))
    ]
    frame = pd.DataFrame(rows, columns=list(RECOMMENDED_MODEL_COLUMNS))
    shown = frame[frame["shown"] == "yes"]
    adjusted = pd.Series(np.nan, index=frame.index)
    adjusted[shown.index] = holm(shown["p_value"].to_numpy(dtype=np.float64))
    return frame.assign(p_adjusted=adjusted)


def _model(model: str, outcome: str, data: ModelData) -> list[Row]:
    events = data.events
    facts = {
        "analysis": "recommended",
        "model": model,
        "outcome": outcome,
        "family": FAMILY,
        "n": events.size,
        "events": int(events.sum()),
        "n_missing": data.n_missing,
    }
    varying = data.varying
    left_out = [
        {**facts, **_named(term), "shown": "yes", "warnings": "", "reason": reason}
        for term in data.terms
        if term not in varying and (reason := data.left_out[term.variable] or empty_category(term))
    ]
    if not varying:
        return left_out
    facts["events_per_term"] = min(events.sum(), (~events).sum()) / len(varying)
    return left_out + [{**facts, **row} for row in _fits(data, varying)]


def _named(term: Term) -> Row:
    return {"term": term.name, "reference": term.reference}


def _fits(data: ModelData, varying: Sequence[Term]) -> list[Row]:
    """Return the rows of both methods, or the reason neither has a result."""
    design = np.column_stack([term.column(data.complete) for term in varying])
    refused = fit_logistic(data.events, design, [term.name for term in varying]).warning
    separated = "separated" in refused
    warning = joined(fitted_without(data.absent), too_few_events(data.events, varying))
    if refused and not separated:
        return [
            {**_named(term), "shown": "yes", "warnings": warning, "reason": refused}
            for term in varying
        ]
    remark = refused.removeprefix("not fitted: ").replace("estimate", "estimate: Firth's is shown")
    likelihood = (
        [
            {**_named(term), "method": MAXIMUM_LIKELIHOOD, "shown": "no", "reason": refused}
            for term in varying
        ]
        if separated
        else _rows(data, varying, MAXIMUM_LIKELIHOOD, warning, shown=True)
    )
    firth = _rows(data, varying, FIRTH_METHOD, joined(remark, warning), shown=separated)
    return likelihood + firth


def _rows(
    data: ModelData, varying: Sequence[Term], method: str, warning: str, *, shown: bool
) -> list[Row]:
    design = np.column_stack([term.column(data.complete) for term in varying])
    facts = {"method": method, "shown": "yes" if shown else "no", "reason": ""}
    penalty = FIRTH if method == FIRTH_METHOD else 0.0
    try:
        slopes, height = fit_profile(data.events, design, penalty=penalty)
    except NoConvergenceError as error:
        return [{**facts, **_named(term), "reason": f"not fitted: {error}"} for term in varying]
    return [
        {**facts, **_named(term), "log_likelihood": height, **_slope(slope, warning)}
        for term, slope in zip(varying, slopes, strict=True)
    ]


def _slope(slope: ProfiledCoefficient, warning: str) -> Row:
    with np.errstate(over="ignore"):  # a unit far too large gives odds ratios beyond any number
        ratio, low, high = np.exp([slope.estimate, slope.ci_low, slope.ci_high]).tolist()
    return {
        "estimate": slope.estimate,
        "standard_error": slope.standard_error,
        "odds_ratio": ratio,
        "ci_low": low,
        "ci_high": high,
        "statistic": slope.statistic,
        "df": 1,
        "p_value": slope.p_value,
        "warnings": joined(warning, slope.warning),
    }
