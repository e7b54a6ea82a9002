"""How large the differences of Tables 1 and 2 are: every row's effect sizes with limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.statistics.effects.categorical import (
    categorical_smd,
    cramers_v,
    odds_ratio,
    risk_difference,
)
from bonecohort.statistics.effects.continuous import Effect, continuous_effects
from bonecohort.statistics.effects.several_groups import effects_among_several
from bonecohort.statistics.tests.comparisons import (
    undeclared_values,
    why_not_comparable,
    without_value,
)
from bonecohort.statistics.tests.counts import count_table
from bonecohort.statistics.values import joined, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from bonecohort.statistics.tests.groupings import Grouping
    from bonecohort.study.settings import Variable

EFFECT_COLUMNS = (
    "analysis", "table", "variable", "grouping", "group_1", "group_2", "category", "measure",
    "estimate", "ci_low", "ci_high", "ci_method", "n_1", "n_2", "warnings", "reason",
)  # fmt: skip

Row = dict[str, Any]


def effect_sizes(
    plan: Sequence[tuple[Grouping, Sequence[str]]], variables: Mapping[str, Variable]
) -> pd.DataFrame:
    """Give the effect sizes of every row of Tables 1 and 2, first group against second.

    Among more than two groups a row has η², ω² and ε², or Cramér's V. Each pair of groups
    (``table1_pairs``) has what two groups have. Of two groups, a continuous row has its mean
    difference, Hedges' g, SMD, Hodges–Lehmann shift and rank-biserial correlation. A categorical
    one has Cramér's V, SMD and risk differences. With two categories these are of the second, with
    its odds ratio; with more, of each.
    """
    rows = [
        row
        for grouping, names in plan
        for name in names
        for of_groups in (grouping, *grouping.pairs())
        for row in _row_effects(of_groups, name, variables.get(name))
    ]
    n_groups = max((len(grouping.groups) for grouping, _ in plan), default=2)
    further = [f"{name}_{i}" for i in range(3, n_groups + 1) for name in ("group", "n")]
    frame = pd.DataFrame(rows, columns=[*EFFECT_COLUMNS, *further])
    return frame.astype({name: "Int64" for name in further if name.startswith("n_")})


def _row_effects(grouping: Grouping, name: str, variable: Variable | None) -> list[Row]:
    reason = why_not_comparable(grouping, name, variable)
    facts: Row = {
        "analysis": "recommended",
        "table": grouping.table,
        "variable": name,
        "grouping": grouping.name,
        **{f"group_{place}": group for place, group in enumerate(grouping.groups, start=1)},
        "category": "",
    }
    if variable is None or reason:
        return [{**facts, **_sizes([0] * len(grouping.groups)), "warnings": "", "reason": reason}]
    people = grouping.pooled()["participant_id"]
    nested = grouping.site.taken_as_independent if people.duplicated().any() else ""
    if variable.type == "categorical":
        counts = count_table(grouping, name, variable.levels)[:, :-1]
        sizes = counts.sum(axis=0).tolist()
        warning = joined(nested, undeclared_values(grouping, name, variable))
        two = len(sizes) == 2
        result = _categorical(counts, variable.levels) if two else [("", cramers_v(counts))]
    else:
        groups = [numbers(grouping.part(group)[name]) for group in grouping.groups]
        sizes, warning = [group.size for group in groups], nested
        result = [("", effect) for effect in _continuous(groups)]
    warning = joined(warning, without_value(grouping, sizes))
    facts |= _sizes(sizes)
    return [{**facts, "category": category, **_values(e, warning)} for category, e in result]


def _sizes(sizes: Sequence[int]) -> Row:
    return {f"n_{place}": int(n) for place, n in enumerate(sizes, start=1)}


def _continuous(groups: Sequence[NDArray[np.float64]]) -> tuple[Effect, ...]:
    if len(groups) == 2:
        return continuous_effects(*groups)
    return effects_among_several([group for group in groups if group.size])


def _categorical(counts: NDArray[np.int64], levels: Sequence[str]) -> list[tuple[str, Effect]]:
    sizes = counts.sum(axis=0).tolist()
    differing = range(1, 2) if len(levels) == 2 else range(len(levels))
    result = [
        (levels[row], risk_difference(int(counts[row, 0]), sizes[0], int(counts[row, 1]), sizes[1]))
        for row in differing
    ]
    if len(levels) == 2:
        result.append((levels[1], odds_ratio(counts)))
    return [*result, ("", cramers_v(counts)), ("", categorical_smd(counts))]


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
