"""Every pair of several variables correlated: a tidy matrix, with Holm's correction."""

from __future__ import annotations

from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.effects.clustered_correlation import (
    between_correlation,
    total_correlation,
    within_correlation,
)
from bonecohort.statistics.effects.correlation import Correlation, correlate
from bonecohort.statistics.regression.design import terms_of
from bonecohort.statistics.tests.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.statistics.effects.correlation import CorrelationMethod
    from bonecohort.study.settings import Variable

CORRELATION_COLUMNS = (
    "x", "y", "method", "adjusted_for", "among", "n", "n_participants", "n_missing",
    "r", "ci_low", "ci_high", "r_squared", "test", "statistic", "df", "p_value", "p_adjusted",
    "warning",
)  # fmt: skip
OF_SITES = {
    "total": total_correlation, "within": within_correlation, "between": between_correlation,
}  # fmt: skip

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
    facts = {"method": method, "adjusted_for": " + ".join(adjust_for), "among": "participants"}
    rows = [
        {"x": x, "y": y, **facts, **_pair(frame, (x, y), adjust_for, variables, method)}
        for x, y in combinations(names, 2)
    ]
    return _adjusted(pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS)))


def site_correlations(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Correlate each two variables of sites nested in participants, three rows a pair.

    ``among`` is ``total`` (all sites, participants as the independent units), ``within``
    (participants' levels taken out) or ``between`` (participants' means); Pearson's. Holm's
    ``p_adjusted`` covers the pairs of one ``among``.

    Parameters
    ----------
    frame
        One row a participant and site: ``participant_id`` and the named columns.
    """
    rows = [row for pair in combinations(names, 2) for row in _of_sites(frame, pair)]
    return _adjusted(pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS)))


def _pair(
    frame: pd.DataFrame,
    pair: tuple[str, str],
    adjust_for: Sequence[str],
    variables: Mapping[str, Variable],
    method: CorrelationMethod,
) -> Row:
    if reason := _why_left_out(frame, pair, adjust_for, variables):
        return {"n": 0, "warning": reason}
    complete = frame.dropna(subset=list(dict.fromkeys((*pair, *adjust_for))))
    for name in adjust_for:
        if variables[name].type == "categorical":
            complete = complete[complete[name].isin(variables[name].levels)]
    terms = [term for name in adjust_for for term in terms_of(name, variables[name], complete)]
    x, y = (pd.to_numeric(complete[name]).to_numpy(dtype=np.float64) for name in pair)
    others = np.column_stack([term.column(complete) for term in terms]) if terms else None
    found = correlate(x, y, method, others, [*pair, *(term.name for term in terms)])
    sizes = {"n": len(complete), "n_missing": len(frame) - len(complete)}
    return {**sizes, "n_participants": len(complete), "test": "correlation_t", **_values(found)}


def _why_left_out(
    frame: pd.DataFrame,
    pair: tuple[str, str],
    adjust_for: Sequence[str],
    variables: Mapping[str, Variable],
) -> str:
    asked = (*pair, *adjust_for)
    if undeclared := [name for name in asked if name not in variables]:
        return f"left out: {', '.join(undeclared)} is not declared under variables"
    if categorical := [name for name in pair if variables[name].type == "categorical"]:
        return f"left out: {', '.join(categorical)} is categorical"
    absent = [name for name in asked if name not in frame]
    return _no_column(absent) if absent else ""


def _of_sites(frame: pd.DataFrame, pair: tuple[str, str]) -> Iterator[Row]:
    facts: Row = {"x": pair[0], "y": pair[1], "method": "pearson", "adjusted_for": ""}
    if absent := [name for name in pair if name not in frame]:
        told = {"n": 0, "warning": _no_column(absent)}
        yield from ({**facts, "among": among, **told} for among in OF_SITES)
        return
    complete = frame.dropna(subset=list(pair))
    x, y = (pd.to_numeric(complete[name]).to_numpy(dtype=np.float64) for name in pair)
    people = pd.factorize(complete["participant_id"])[0].astype(np.int64)
    facts |= {
        "n": len(complete),
        "n_participants": complete["participant_id"].nunique(),
        "n_missing": len(frame) - len(complete),
    }
    for among, estimate in OF_SITES.items():
        found = estimate(x, y, people, pair)
        test = "correlation_z" if among == "total" else "correlation_t"
        yield {**facts, "among": among, "test": test, **_values(found)}


def _no_column(names: Sequence[str]) -> str:
    return f"left out: the table has no column {', '.join(names)}"


def _values(found: Correlation) -> Row:
    return {**asdict(found), "r_squared": found.r**2}


def _adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    adjusted = pd.Series(np.nan, index=frame.index)
    for _, rows in frame.groupby("among"):
        adjusted[rows.index] = holm(rows["p_value"].to_numpy(dtype=np.float64))
    return frame.assign(p_adjusted=adjusted)
