"""Table 1 and Table 2: each variable compared between two groups, by every test that applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from bonecohort.statistics.contingency import categorical_tests
from bonecohort.statistics.counts import count_table
from bonecohort.statistics.normality import NORMALITY_ALPHA, normality_test
from bonecohort.statistics.two_groups import CONTINUOUS_TESTS, GroupTest, levene_p_value
from bonecohort.statistics.values import joined, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.groupings import Grouping
    from bonecohort.study.analysis_settings import StatisticsSettings, TTest
    from bonecohort.study.settings import Variable

COMPARISON_COLUMNS = (
    "table", "variable", "grouping", "group_1", "group_2", "n_1", "n_2",
    "mean_1", "sd_1", "mean_2", "sd_2", "median_1", "median_2",
    "test", "statistic", "df", "p_value", "shown",
    "q1_1", "q3_1", "q1_2", "q3_2",
    "n_total", "mean_total", "sd_total", "median_total", "q1_total", "q3_total",
    "n_missing_1", "n_missing_2", "levene_p_value", "warning",
)  # fmt: skip
LEVENE_ALPHA = 0.05
SPSS_QUARTILES: Final = "weibull"
"""NumPy's name of quantile type 6, (n + 1)p, which SPSS uses."""

Row = dict[str, Any]


def compare_groups(
    plan: Sequence[tuple[Grouping, Sequence[str]]],
    variables: Mapping[str, Variable],
    choice: StatisticsSettings,
) -> pd.DataFrame:
    """Compare the variables of each table between the two groups of each grouping.

    A continuous variable gets Student's t, Welch's t and Mann–Whitney U, a 2×2 table Pearson's
    chi-square without and with Yates' correction and Fisher's exact test; ``shown`` is ``yes``
    for the one the settings choose. A variable that cannot be tested keeps its row, with the
    reason in ``warning``; one the table lacks has one row, ``shown`` ``no``.
    """
    found = [
        row
        for grouping, names in plan
        for name in names
        for row in _compare(grouping, name, variables.get(name), choice)
    ]
    return pd.DataFrame(found, columns=list(COMPARISON_COLUMNS))


def _compare(
    grouping: Grouping, name: str, variable: Variable | None, choice: StatisticsSettings
) -> list[Row]:
    reason = why_not_comparable(grouping, name, variable)
    if variable is None or reason:
        kind = variable.type if variable else "continuous"
        return [
            _row(grouping, name, {}, _default_test(name, kind, choice), shown=False, warning=reason)
        ]
    if variable.type == "continuous":
        return _compare_continuous(grouping, name, choice)
    return _compare_categorical(grouping, name, variable, choice)


def why_not_comparable(grouping: Grouping, name: str, variable: Variable | None) -> str:
    """Return why a row is left out of the table, or an empty text."""
    if grouping.warning:
        return grouping.warning
    if variable is None:
        return f"left out: {name} is not declared under variables"
    if name not in grouping.frame:
        return f"left out: the table has no column {name}"
    if grouping.pooled()[name].isna().all():
        return f"left out: {name} has no value in either group"
    return ""


def _default_test(name: str, kind: str, choice: StatisticsSettings) -> GroupTest:
    if name in choice.tests:
        return GroupTest(choice.tests[name])
    if kind == "categorical":
        return GroupTest("chi_square")
    return GroupTest("welch_t" if choice.t_test == "welch" else "student_t")


def _compare_continuous(grouping: Grouping, name: str, choice: StatisticsSettings) -> list[Row]:
    first, second = (numbers(grouping.part(group)[name]) for group in grouping.groups)
    numbers_of_both = numbers(grouping.pooled()[name])
    levene = levene_p_value(first, second)
    shown, warning = (
        (choice.tests[name], "")
        if name in choice.tests
        else shown_test(first, second, levene, choice.t_test)
    )
    described = {
        **_description(first, "1"),
        **_description(second, "2"),
        **_description(numbers_of_both, "total"),
        "levene_p_value": levene,
    }
    results = [test(first, second) for test in CONTINUOUS_TESTS]
    return [
        _row(grouping, name, described, result, shown=result.test == shown, warning=warning)
        for result in results
    ]


def shown_test(
    first: NDArray[np.float64], second: NDArray[np.float64], levene: float, t_test: TTest
) -> tuple[str, str]:
    """Return which test the tables print under a setting, and a warning if it had no grounds."""
    if t_test == "rule":
        p_values = [normality_test(group).p_value for group in (first, second)]
        unknown = "normality could not be tested in both groups" if np.isnan(p_values).any() else ""
        normal = all(p_value >= NORMALITY_ALPHA for p_value in p_values)
        return ("student_t" if normal else "mann_whitney_u"), unknown
    if t_test == "levene":
        if np.isnan(levene):
            return "student_t", "Levene's test could not be computed; Student's t is shown"
        return ("welch_t" if levene < LEVENE_ALPHA else "student_t"), ""
    return ("welch_t" if t_test == "welch" else "student_t"), ""


def _compare_categorical(
    grouping: Grouping, name: str, variable: Variable, choice: StatisticsSettings
) -> list[Row]:
    counts = count_table(grouping, name, variable.levels)
    sizes = {"n_1": counts[:, 0].sum(), "n_2": counts[:, 1].sum(), "n_total": counts[:, 2].sum()}
    results = categorical_tests(counts[:, :2], declared_levels=len(variable.levels))
    chosen = choice.tests.get(name, "chi_square")
    applies = any(result.test == chosen for result in results)
    shown = chosen if applies else "chi_square"
    instead = "" if applies else f"{chosen} is for 2×2 tables; Pearson's chi-square is shown"
    warning = joined(undeclared_values(grouping, name, variable), instead)
    return [
        _row(grouping, name, sizes, result, shown=result.test == shown, warning=warning)
        for result in results
    ]


def undeclared_values(grouping: Grouping, name: str, variable: Variable) -> str:
    """Return a warning when a column holds categories that are not declared."""
    column = grouping.pooled()[name].dropna()
    unknown = int((~column.isin(variable.levels)).sum())
    if not unknown:
        return ""
    return f"{name}: {unknown} not among {', '.join(variable.levels)}, and left out"


def _description(values: NDArray[np.float64], suffix: str) -> Row:
    several = values.size > 1
    quartiles: Sequence[float] = (
        np.quantile(values, (0.25, 0.5, 0.75), method=SPSS_QUARTILES).tolist()
        if values.size
        else (np.nan, np.nan, np.nan)
    )
    return {
        f"n_{suffix}": values.size,
        f"mean_{suffix}": values.mean() if values.size else np.nan,
        f"sd_{suffix}": values.std(ddof=1) if several else np.nan,
        f"q1_{suffix}": quartiles[0],
        f"median_{suffix}": quartiles[1],
        f"q3_{suffix}": quartiles[2],
    }


def _row(
    grouping: Grouping, name: str, described: Row, result: GroupTest, *, shown: bool, warning: str
) -> Row:
    sizes = [len(grouping.part(group)) for group in grouping.groups]
    measured = {"n_1": 0, "n_2": 0, "n_total": 0, **described}
    return {
        "table": grouping.table,
        "variable": name,
        "grouping": grouping.name,
        "group_1": grouping.groups[0],
        "group_2": grouping.groups[1],
        **measured,
        "n_missing_1": sizes[0] - measured["n_1"],
        "n_missing_2": sizes[1] - measured["n_2"],
        "test": result.test,
        "statistic": result.statistic,
        "df": result.df,
        "p_value": result.p_value,
        "shown": "yes" if shown else "no",
        "warning": joined(warning, result.warning),
    }
