"""How large the differences of Tables 1 and 2 are: every row's effect sizes with limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.statistics.categorical_effects import (
    categorical_smd,
    cramers_v,
    odds_ratio,
    risk_difference,
)
from bonecohort.statistics.comparisons import undeclared_values, why_not_comparable
from bonecohort.statistics.counts import count_table
from bonecohort.statistics.effect_sizes import Effect, continuous_effects
from bonecohort.statistics.values import joined, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bonecohort.statistics.groupings import Grouping
    from bonecohort.study.settings import Variable

EFFECT_COLUMNS = (
    "analysis", "table", "variable", "grouping", "group_1", "group_2", "category", "measure",
    "estimate", "ci_low", "ci_high", "ci_method", "n_1", "n_2", "warnings", "reason",
)  # fmt: skip
NESTED = "the vertebrae of a participant are taken as independent"

Row = dict[str, Any]


def effect_sizes(
    plan: Sequence[tuple[Grouping, Sequence[str]]], variables: Mapping[str, Variable]
) -> pd.DataFrame:
    """Give the effect sizes of every row of Tables 1 and 2, first group against second.

    A continuous row has its mean difference, Hedges' g, SMD, Hodges–Lehmann shift and
    rank-biserial correlation. A categorical one has Cramér's V and SMD, and risk differences: of
    the second category where there are two, with its odds ratio, else of each.
    """
    rows = [
        row
        for grouping, names in plan
        for name in names
        for row in _row_effects(grouping, name, variables.get(name))
    ]
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def _row_effects(grouping: Grouping, name: str, variable: Variable | None) -> list[Row]:
    reason = why_not_comparable(grouping, name, variable)
    facts: Row = {
        "analysis": "recommended",
        "table": grouping.table,
        "variable": name,
        "grouping": grouping.name,
        "group_1": grouping.groups[0],
        "group_2": grouping.groups[1],
        "category": "",
    }
    if variable is None or reason:
        return [{**facts, "n_1": 0, "n_2": 0, "warnings": "", "reason": reason}]
    people = grouping.pooled()["participant_id"]
    nested = NESTED if people.duplicated().any() else ""
    if variable.type == "categorical":
        counts = count_table(grouping, name, variable.levels)[:, :2]
        sizes = counts.sum(axis=0)
        warning = joined(nested, undeclared_values(grouping, name, variable))
        found = _categorical(counts, variable.levels)
    else:
        first, second = (numbers(grouping.part(group)[name]) for group in grouping.groups)
        sizes, warning = (first.size, second.size), nested
        found = [("", effect) for effect in continuous_effects(first, second)]
    facts |= {"n_1": int(sizes[0]), "n_2": int(sizes[1])}
    return [{**facts, "category": category, **_values(e, warning)} for category, e in found]


def _categorical(counts: NDArray[np.int64], levels: Sequence[str]) -> list[tuple[str, Effect]]:
    sizes = counts.sum(axis=0).tolist()
    differing = range(1, 2) if len(levels) == 2 else range(len(levels))
    found = [
        (levels[row], risk_difference(int(counts[row, 0]), sizes[0], int(counts[row, 1]), sizes[1]))
        for row in differing
    ]
    if len(levels) == 2:
        found.append((levels[1], odds_ratio(counts)))
    return [*found, ("", cramers_v(counts)), ("", categorical_smd(counts))]


def _values(effect: Effect, warning: str) -> Row:
    return {
        "measure": effect.measure,
        "estimate": effect.estimate,
        "ci_low": effect.ci_low,
        "ci_high": effect.ci_high,
        "ci_method": effect.ci_method,
        "warnings": joined(warning, effect.warning),
        "reason": effect.reason,
    }
