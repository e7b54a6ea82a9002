"""Normality of every continuous variable, by group and pooled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.statistics.tests.normality import normality_test
from bonecohort.statistics.values import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bonecohort.statistics.tests.groupings import Grouping
    from bonecohort.study.settings import Variable

NORMALITY_COLUMNS = (
    "variable", "group", "n", "test", "statistic", "p_value", "table", "grouping", "warning",
)  # fmt: skip
POOLED = "pooled"


def normality_table(
    first: Grouping,
    second: Sequence[Grouping],
    names: Sequence[str],
    second_names: Sequence[str],
    variables: Mapping[str, Variable],
) -> pd.DataFrame:
    """Test normality of every continuous variable, by group and pooled.

    ``names`` are tested in the groups of the first grouping; ``second_names`` in the groups of
    each of the second ones, named ``grouping=group``, and pooled once.
    """
    rows: list[dict[str, Any]] = []
    for name in _continuous(names, first, variables):
        rows += [_normality(first, name, group, group) for group in first.groups]
        rows.append(_normality(first, name, None, POOLED))
    for name in second_names:
        measured = [group for group in second if _continuous([name], group, variables)]
        for grouping in measured:
            rows += [
                _normality(grouping, name, group, f"{grouping.name}={group}")
                for group in grouping.groups
            ]
        rows += [_normality(grouping, name, None, POOLED) for grouping in measured[:1]]
    return pd.DataFrame(rows, columns=list(NORMALITY_COLUMNS))


def _continuous(
    names: Iterable[str], grouping: Grouping, variables: Mapping[str, Variable]
) -> list[str]:
    return [
        name
        for name in names
        if name in grouping.frame
        and name in variables
        and variables[name].type == "continuous"
        and grouping.frame[name].notna().any()
    ]


def _normality(grouping: Grouping, name: str, group: str | None, label: str) -> dict[str, Any]:
    frame = grouping.frame if group is None else grouping.part(group)
    values = numbers(frame[name])
    result = normality_test(values)
    return {
        "variable": name,
        "group": label,
        "n": values.size,
        "test": result.test,
        "statistic": result.statistic,
        "p_value": result.p_value,
        "table": grouping.table,
        "grouping": "" if group is None else grouping.name,
        "warning": result.warning,
    }
