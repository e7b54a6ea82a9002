"""Table 3: univariate and multivariable logistic models of a two-level outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.design import (
    Design,
    Term,
    design_of,
    empty_category,
    fitted_without,
)
from bonecohort.statistics.regression.logistic import Coefficient, fit_logistic
from bonecohort.statistics.values import joined
from bonecohort.statistics.variables import outcome_levels
from bonecohort.study.formulae import FEWEST_EVENTS_PER_TERM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.study.settings import Variable

MODEL_COLUMNS = (
    "model", "outcome", "term", "reference", "estimate", "standard_error",
    "odds_ratio", "ci_low", "ci_high", "p_value", "n", "events", "n_missing", "warning",
)  # fmt: skip


P_VALUE_TEST = "wald"
"""The test behind ``p_value``."""


@dataclass(frozen=True)
class ModelData(Design):
    """The design of a model of a two-level outcome; ``events`` has one entry a complete row."""

    events: NDArray[np.bool_]


def logistic_models(
    participants: pd.DataFrame,
    outcome: str,
    univariate: Sequence[str],
    multivariable: Sequence[str],
    variables: Mapping[str, Variable],
) -> pd.DataFrame:
    """Fit each univariate model and the multivariable one, each on its own complete rows.

    The outcome's event is its second level; odds ratios are per unit, with Wald 95% limits and p.
    ``n`` and ``events`` count the rows fitted, ``n_missing`` those with the outcome known that
    were left out for a missing term.
    """
    rows: list[dict[str, Any]] = []
    for name in univariate:
        rows += _model("univariate", participants, outcome, [name], variables)
    rows += _model("multivariable", participants, outcome, multivariable, variables)
    return pd.DataFrame(rows, columns=list(MODEL_COLUMNS))


def _model(
    model: str,
    participants: pd.DataFrame,
    outcome: str,
    names: Sequence[str],
    variables: Mapping[str, Variable],
) -> list[dict[str, Any]]:
    data = model_data(participants, outcome, names, variables)
    complete, events, left_out = data.complete, data.events, data.left_out
    slopes, warning = _slopes(data)
    facts = {
        "model": model,
        "outcome": outcome,
        "n": len(complete),
        "events": int(events.sum()),
        "n_missing": data.n_missing,
    }
    rows: list[dict[str, Any]] = []
    for term in data.terms:
        text = left_out[term.variable] or (warning if term in slopes else empty_category(term))
        rows.append({**facts, **_described(term, slopes.get(term, Coefficient()), text)})
    return rows


def model_data(
    participants: pd.DataFrame,
    outcome: str,
    names: Sequence[str],
    variables: Mapping[str, Variable],
) -> ModelData:
    """Return a model's complete rows and terms, and which variables it cannot hold."""
    levels = outcome_levels(outcome, variables)
    design = design_of(participants[participants[outcome].isin(levels)], names, variables)
    events = (design.complete[outcome] == levels[-1]).to_numpy(dtype=bool)
    return ModelData(design.complete, design.terms, design.left_out, design.n_missing, events)


def _slopes(data: ModelData) -> tuple[dict[Term, Coefficient], str]:
    """Fit the terms that vary; return their slopes and the warnings of the whole model."""
    varying = data.varying
    if not varying:
        return {}, ""
    fit = fit_logistic(data.events, data.columns, [term.name for term in varying])
    warning = fit.warning or joined(
        fitted_without(data.absent), too_few_events(data.events, varying)
    )
    return dict(zip(varying, fit.slopes, strict=True)), warning


def too_few_events(events: NDArray[np.bool_], terms: Sequence[object]) -> str:
    """Return a warning when the rarer outcome has fewer than 10 cases a term."""
    a_term = min(events.sum(), (~events).sum()) / len(terms)
    if a_term >= FEWEST_EVENTS_PER_TERM:
        return ""
    return f"{a_term:.1f} cases of the rarer outcome per term, fewer than {FEWEST_EVENTS_PER_TERM}"


def _described(term: Term, slope: Coefficient, warning: str) -> dict[str, Any]:
    with np.errstate(over="ignore"):  # a unit far too large gives odds ratios beyond any number
        ratio, low, high = np.exp([slope.estimate, slope.ci_low, slope.ci_high]).tolist()
    overflow = "" if np.isnan(high) or np.isfinite(high) else "the odds ratio per unit overflows"
    return {
        "term": term.name,
        "reference": term.reference,
        "estimate": slope.estimate,
        "standard_error": slope.standard_error,
        "odds_ratio": ratio,
        "ci_low": low,
        "ci_high": high,
        "p_value": slope.p_value,
        "warning": joined(warning, overflow),
    }
