"""Every pair of several variables correlated: a tidy matrix, with Holm's correction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.effects.clustered_correlation import (
    AMONG,
    NestedValues,
    correlate_sites,
)
from bonecohort.statistics.effects.correlation import Correlation, correlate
from bonecohort.statistics.regression.design import Term, terms_of
from bonecohort.statistics.tests.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.effects.correlation import CorrelationMethod
    from bonecohort.study.settings import Variable

CORRELATION_COLUMNS = (
    "x", "y", "method", "adjusted_for", "among", "n", "n_participants", "n_missing",
    "r", "ci_low", "ci_high", "r_squared", "test", "statistic", "df", "p_value", "p_adjusted",
    "warning",
)  # fmt: skip

Row = dict[str, Any]


def correlation_matrix(
    frame: pd.DataFrame,
    names: Sequence[str],
    variables: Mapping[str, Variable],
    method: CorrelationMethod = "pearson",
    adjust_for: Sequence[str] = (),
) -> pd.DataFrame:
    """Correlate each two of the variables among independent rows, one row a pair.

    Each pair has its own complete rows; ``n_missing`` counts the others. ``p_adjusted`` is Holm's
    over all pairs. Categorical covariates enter as one term a category but the reference.

    Parameters
    ----------
    frame
        One row a participant.
    names
        Continuous columns, in the order of the matrix.
    adjust_for
        Variables whose effect is taken out: the correlations are partial then.
    """
    matrix = _Matrix(frame, tuple(adjust_for), variables, method)
    rows = [_pair(matrix, pair) for pair in combinations(names, 2)]
    return _adjusted(pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS)))


def site_correlations(
    frame: pd.DataFrame,
    names: Sequence[str],
    variables: Mapping[str, Variable],
    method: CorrelationMethod = "pearson",
    adjust_for: Sequence[str] = (),
) -> pd.DataFrame:
    """Correlate each two variables of sites nested in participants, three rows a pair.

    ``among`` is ``total`` (all sites), ``within`` (participants' levels taken out) or ``between``
    (participants' means), as :func:`~.clustered_correlation.correlate_sites` says. Holm's
    ``p_adjusted`` covers the pairs of one ``among``.

    Parameters
    ----------
    frame
        One row a participant and site: ``participant_id``, the named columns and the covariates.
        Participants' variables are repeated at each of their sites.
    adjust_for
        Variables whose effect is taken out: the correlations are partial then.
    """
    matrix = _Matrix(frame, tuple(adjust_for), variables, method)
    rows = [row for pair in combinations(names, 2) for row in _of_sites(matrix, pair)]
    return _adjusted(pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS)))


@dataclass(frozen=True)
class _Matrix:
    """What every pair of a matrix shares."""

    frame: pd.DataFrame
    adjust_for: tuple[str, ...]
    variables: Mapping[str, Variable]
    method: CorrelationMethod

    @property
    def facts(self) -> Row:
        return {"method": self.method, "adjusted_for": " + ".join(self.adjust_for)}

    def complete(self, pair: tuple[str, str]) -> pd.DataFrame:
        """Return the rows that have the pair and the covariates, these of declared categories."""
        result = self.frame.dropna(subset=list(dict.fromkeys((*pair, *self.adjust_for))))
        for name in self.adjust_for:
            if self.variables[name].type == "categorical":
                result = result[result[name].isin(self.variables[name].levels)]
        return result

    def columns(
        self, complete: pd.DataFrame, pair: tuple[str, str]
    ) -> tuple[NDArray[np.float64], list[str]]:
        """Return the values of the pair and the covariates' terms, and their names."""
        terms = [Term(name) for name in pair]
        for name in self.adjust_for:
            terms += terms_of(name, self.variables[name], complete)
        values = np.column_stack([term.column(complete) for term in terms])
        return values, [term.name for term in terms]


def _pair(matrix: _Matrix, pair: tuple[str, str]) -> Row:
    facts = {"x": pair[0], "y": pair[1], **matrix.facts, "among": "participants"}
    if reason := _why_left_out(matrix, pair):
        return {**facts, "n": 0, "warning": reason}
    complete = matrix.complete(pair)
    columns, names = matrix.columns(complete, pair)
    others = columns[:, 2:] if matrix.adjust_for else None
    result = correlate(columns[:, 0], columns[:, 1], matrix.method, others, names)
    sizes = {"n": len(complete), "n_missing": len(matrix.frame) - len(complete)}
    facts |= {**sizes, "n_participants": len(complete), "test": "correlation_t"}
    return {**facts, **_values(result)}


def _why_left_out(matrix: _Matrix, pair: tuple[str, str]) -> str:
    names, variables = (*pair, *matrix.adjust_for), matrix.variables
    if undeclared := [name for name in names if name not in variables]:
        return f"left out: {', '.join(undeclared)} is not declared under variables"
    if categorical := [name for name in pair if variables[name].type == "categorical"]:
        return f"left out: {', '.join(categorical)} is categorical"
    absent = [name for name in names if name not in matrix.frame]
    return f"left out: the table has no column {', '.join(absent)}" if absent else ""


def _of_sites(matrix: _Matrix, pair: tuple[str, str]) -> Iterator[Row]:
    facts: Row = {"x": pair[0], "y": pair[1], **matrix.facts}
    if reason := _why_left_out(matrix, pair):
        yield from ({**facts, "among": among, "n": 0, "warning": reason} for among in AMONG)
        return
    complete = matrix.complete(pair)
    columns, names = matrix.columns(complete, pair)
    people = pd.factorize(complete["participant_id"])[0].astype(np.int64)
    facts |= {
        "n": len(complete),
        "n_participants": complete["participant_id"].nunique(),
        "n_missing": len(matrix.frame) - len(complete),
    }
    for among in AMONG:
        result = correlate_sites(NestedValues(columns, people, names), among, matrix.method)
        of_sites = matrix.method == "pearson" and among != "total"
        test = "correlation_t" if of_sites else "correlation_z"
        yield {**facts, "among": among, "test": test, **_values(result)}


def _values(result: Correlation) -> Row:
    return {**asdict(result), "r_squared": result.r**2}


def _adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    adjusted = pd.Series(np.nan, index=frame.index)
    for _, rows in frame.groupby("among"):
        adjusted[rows.index] = holm(rows["p_value"].to_numpy(dtype=np.float64))
    return frame.assign(p_adjusted=adjusted)
