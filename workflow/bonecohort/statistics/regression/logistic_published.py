"""Table 3: univariate and multivariable logistic models of a two-level outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.regression.logistic import Coefficient, fit_logistic
from bonecohort.statistics.values import is_constant, joined, numbers
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
class Term:
    """One column of a design matrix: a continuous variable, or a category against the first."""

    variable: str
    category: str = ""
    reference: str = ""

    @property
    def name(self) -> str:
        """The name in models.csv: ``age_years`` or ``sex[female]``."""
        return f"{self.variable}[{self.category}]" if self.category else self.variable

    def column(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the term's values; a category is 1, any other declared one 0."""
        if self.category:
            return np.where(frame[self.variable] == self.category, 1.0, 0.0)
        return pd.to_numeric(frame[self.variable]).to_numpy(dtype=np.float64)


@dataclass(frozen=True)
class ModelData:
    """The complete rows of one model, its terms, and why a variable is left out (or no reason).

    ``n_missing`` counts the rows of known outcome that miss a term.
    """

    complete: pd.DataFrame
    events: NDArray[np.bool_]
    terms: list[Term]
    left_out: dict[str, str]
    n_missing: int

    @property
    def absent(self) -> list[str]:
        """The variables left out."""
        return [name for name, reason in self.left_out.items() if reason]

    @property
    def varying(self) -> list[Term]:
        """The terms that can be fitted: of no variable left out, and not constant."""
        return [
            term
            for term in self.terms
            if not self.left_out[term.variable] and not is_constant(term.column(self.complete))
        ]


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
    known = participants[participants[outcome].isin(levels)]
    left_out = {name: _why_unusable(known, name, variables.get(name)) for name in names}
    kept = [name for name in names if not left_out[name]]
    complete = _complete_rows(known, kept, variables)
    left_out |= {
        name: f"left out: {name} has one value only among the {len(complete)} complete rows"
        for name in kept
        if is_constant_column(complete, name, variables[name])
    }
    events = (complete[outcome] == levels[-1]).to_numpy(dtype=bool)
    terms = [term for name in names for term in terms_of(name, variables.get(name), complete)]
    return ModelData(complete, events, terms, left_out, len(known) - len(complete))


def _slopes(data: ModelData) -> tuple[dict[Term, Coefficient], str]:
    """Fit the terms that vary; return their slopes and the warnings of the whole model."""
    varying = data.varying
    if not varying:
        return {}, ""
    design = np.column_stack([term.column(data.complete) for term in varying])
    fit = fit_logistic(data.events, design, [term.name for term in varying])
    warning = fit.warning or joined(
        fitted_without(data.absent), too_few_events(data.events, varying)
    )
    return dict(zip(varying, fit.slopes, strict=True)), warning


def fitted_without(absent: Sequence[str]) -> str:
    """Return a warning that names the variables left out of a model."""
    return f"fitted without {', '.join(absent)}" if absent else ""


def too_few_events(events: NDArray[np.bool_], terms: Sequence[object]) -> str:
    """Return a warning when the rarer outcome has fewer than 10 cases a term."""
    a_term = min(events.sum(), (~events).sum()) / len(terms)
    if a_term >= FEWEST_EVENTS_PER_TERM:
        return ""
    return f"{a_term:.1f} cases of the rarer outcome per term, fewer than {FEWEST_EVENTS_PER_TERM}"


def terms_of(name: str, variable: Variable | None, frame: pd.DataFrame) -> list[Term]:
    """Return a variable's terms: one if continuous, else one a category against the first.

    Where nobody in ``frame`` has the declared reference, the first category somebody has is it;
    where all have one category there is nothing to compare, and the declared names stay.
    """
    if variable is None or variable.type == "continuous":
        return [Term(name)]
    present = set(frame[name]) if name in frame else set()
    found = [level for level in variable.levels if level in present]
    reference = found[0] if len(found) > 1 else variable.levels[0]
    return [Term(name, level, reference) for level in variable.levels if level != reference]


def _why_unusable(frame: pd.DataFrame, name: str, variable: Variable | None) -> str:
    if variable is None:
        return f"left out: {name} is not declared under variables"
    if name not in frame:
        return f"left out: the table has no column {name}"
    if frame.empty:
        return "not fitted: the outcome is known of nobody"
    if frame[name].isna().all():
        return f"left out: {name} has no value"
    return ""


def is_constant_column(frame: pd.DataFrame, name: str, variable: Variable) -> bool:
    """Tell whether a column holds a single value."""
    if variable.type == "categorical":
        return len(frame[name].dropna().unique()) <= 1
    return is_constant(numbers(frame[name]))


def _complete_rows(
    frame: pd.DataFrame, names: Sequence[str], variables: Mapping[str, Variable]
) -> pd.DataFrame:
    complete = frame.dropna(subset=list(names))
    for name in names:
        if variables[name].type == "categorical":
            complete = complete[complete[name].isin(variables[name].levels)]
    return complete


def empty_category(term: Term) -> str:
    """Return why a term without a row is left out."""
    return f"left out: nobody has {term.variable} {term.category}" if term.category else ""


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
