"""The design of a model: its complete rows, its terms, and what it cannot hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bonecohort.statistics.values import is_constant, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.study.settings import Variable


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
class Design:
    """The complete rows of a model, its terms, and why a variable is left out (or no reason).

    ``n_missing`` counts the rows of known outcome that miss a term.
    """

    complete: pd.DataFrame
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

    @property
    def columns(self) -> NDArray[np.float64]:
        """The values of the varying terms, shape (n, terms)."""
        if not self.varying:
            return np.empty((len(self.complete), 0))
        return np.column_stack([term.column(self.complete) for term in self.varying])


def design_of(
    known: pd.DataFrame, names: Sequence[str], variables: Mapping[str, Variable]
) -> Design:
    """Return the design of some variables among the rows whose outcome is known."""
    left_out = {name: _why_unusable(known, name, variables.get(name)) for name in names}
    kept = [name for name in names if not left_out[name]]
    complete = _complete_rows(known, kept, variables)
    left_out |= {
        name: f"left out: {name} has one value only among the {len(complete)} complete rows"
        for name in kept
        if is_constant_column(complete, name, variables[name])
    }
    terms = [term for name in names for term in terms_of(name, variables.get(name), complete)]
    return Design(complete, terms, left_out, len(known) - len(complete))


def fitted_without(absent: Sequence[str]) -> str:
    """Return a warning that names the variables left out of a model."""
    return f"fitted without {', '.join(absent)}" if absent else ""


def terms_of(name: str, variable: Variable | None, frame: pd.DataFrame) -> list[Term]:
    """Return a variable's terms: one if continuous, else one a category against the first.

    Where nobody in ``frame`` has the declared reference, the first category that somebody has takes
    its place. Where all have one category there is nothing to compare, and the declared names stay.
    """
    if variable is None or variable.type == "continuous":
        return [Term(name)]
    present = set(frame[name]) if name in frame else set()
    result = [level for level in variable.levels if level in present]
    reference = result[0] if len(result) > 1 else variable.levels[0]
    return [Term(name, level, reference) for level in variable.levels if level != reference]


def _why_unusable(frame: pd.DataFrame, name: str, variable: Variable | None) -> str:
    if variable is None:
        return f"left out: {name} is not declared under variables"
    if name not in frame:
        return f"left out: the table has no column {name}"
    if frame.empty:
        return "not fitted: the outcome is missing for all participants"
    if frame[name].isna().all():
        return f"left out: {name} has no value"
    return ""


def is_constant_column(frame: pd.DataFrame, name: str, variable: Variable) -> bool:
    """Return whether a column holds a single value."""
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
