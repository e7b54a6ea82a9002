"""Counts and percentages of categories, and the sizes of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.tests.groupings import Grouping
    from bonecohort.study.settings import Variable

COUNT_COLUMNS = ("table", "variable", "category", "group", "n", "percent", "n_group", "n_missing")
TOTAL = "total"


def count_table(grouping: Grouping, name: str, levels: Sequence[str]) -> NDArray[np.int64]:
    """Count the categories of a variable in each group and pooled, shape (levels, groups + 1).

    A missing value is no category.
    """
    parts = [*(grouping.part(group)[name] for group in grouping.groups), grouping.pooled()[name]]
    return np.array([[int((part == level).sum()) for part in parts] for level in levels])


def count_categories(
    plan: Sequence[tuple[Grouping, Sequence[str]]],
    variables: Mapping[str, Variable],
) -> pd.DataFrame:
    """Count every category of the categorical rows in each group and in total.

    Percentages are of the rows whose category is known (``n_group``); ``n_missing`` counts the
    others. Each grouping's own sizes come first, then its variables.
    """
    result: list[dict[str, Any]] = []
    for grouping, names in plan:
        result += [] if grouping.warning else group_sizes(grouping)
        for name in names:
            variable = variables.get(name)
            if variable and variable.type == "categorical" and name in grouping.frame:
                counts = count_table(grouping, name, variable.levels)
                result += _rows_of_variable(grouping, name, variable.levels, counts)
    return pd.DataFrame(result, columns=list(COUNT_COLUMNS))


def group_sizes(grouping: Grouping) -> list[dict[str, Any]]:
    """Return the sizes of the groups, as counts of the grouping's own categories."""
    sizes = [len(grouping.part(group)) for group in grouping.groups]
    missing = len(grouping.frame) - sum(sizes)
    return [
        count_row((grouping.table, grouping.name, group, TOTAL), size, sum(sizes), missing)
        for group, size in zip(grouping.groups, sizes, strict=True)
    ]


def _rows_of_variable(
    grouping: Grouping, name: str, levels: Sequence[str], counts: NDArray[np.int64]
) -> list[dict[str, Any]]:
    columns = {
        group: (counts[:, place], len(grouping.part(group)))
        for place, group in enumerate(grouping.groups)
    } | {TOTAL: (counts[:, -1], len(grouping.pooled()))}
    return [
        count_row((grouping.table, name, level, group), n, known.sum(), size - known.sum())
        for group, (known, size) in columns.items()
        for level, n in zip(levels, known, strict=True)
    ]


def count_row(
    place: tuple[str, str, str, str], n: int, n_group: int, n_missing: int
) -> dict[str, Any]:
    """Return a row of counts.csv; ``place`` is its table, variable, category and group."""
    return {
        **dict(zip(("table", "variable", "category", "group"), place, strict=True)),
        "n": int(n),
        "percent": 100 * n / n_group if n_group else np.nan,
        "n_group": int(n_group),
        "n_missing": int(n_missing),
    }
