"""Table 1 and Table 2: each variable compared between groups, by every test that applies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from bonecohort.statistics.tests.choice import default_test, named_test
from bonecohort.statistics.tests.contingency import categorical_tests
from bonecohort.statistics.tests.counts import count_table
from bonecohort.statistics.tests.normality import NORMALITY_ALPHA, normality_test
from bonecohort.statistics.tests.several_groups import TESTS_AMONG_SEVERAL
from bonecohort.statistics.tests.two_groups import CONTINUOUS_TESTS, GroupTest, levene_p_value
from bonecohort.statistics.values import joined, numbers
from bonecohort.study.analysis_settings import test_among
from bonecohort.study.settings import Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from bonecohort.statistics.tests.groupings import Grouping
    from bonecohort.study.analysis_settings import StatisticsSettings, TestName, TTest

COMPARISON_COLUMNS = (
    "table", "variable", "grouping", "group_1", "group_2", "n_1", "n_2",
    "mean_1", "sd_1", "mean_2", "sd_2", "median_1", "median_2",
    "test", "statistic", "df", "p_value", "shown",
    "q1_1", "q3_1", "q1_2", "q3_2",
    "n_total", "mean_total", "sd_total", "median_total", "q1_total", "q3_total",
    "n_missing_1", "n_missing_2", "levene_p_value", "warning",
)  # fmt: skip
FURTHER_COLUMNS = ("group", "n", "mean", "sd", "median", "q1", "q3", "n_missing")
"""What the third group and any after it add, as ``group_3, n_3, …``."""
UNDECLARED = Variable()
LEVENE_ALPHA = 0.05
SPSS_QUARTILES: Final = "weibull"
"""NumPy's name of quantile type 6, (n + 1)p, which SPSS uses."""

Row = dict[str, Any]


def compare_groups(
    plan: Sequence[tuple[Grouping, Sequence[str]]],
    variables: Mapping[str, Variable],
    choice: StatisticsSettings,
) -> pd.DataFrame:
    """Compare the variables of each table between the groups of each grouping.

    Between two groups a continuous variable gets Student's t, Welch's t and Mann–Whitney U, a 2×2
    table Pearson's chi-square without and with Yates' correction and Fisher's exact test. Among
    more, it gets the analysis of variance, Welch's and Kruskal–Wallis, or Pearson's chi-square, and
    further rows (``table1_pairs``) compare each two groups. ``shown`` is ``yes`` for the test named
    for the variable. Without one, it is ``yes`` for Mann–Whitney or Kruskal–Wallis where the
    variable is described by median and quartiles. In other cases it is ``yes`` for the test that
    the settings choose. A variable that cannot be tested keeps its row, with the reason in
    ``warning``. A variable that the table lacks has one row, ``shown`` ``no``.

    More than two groups add the columns ``group_3, n_3, mean_3, …``, and ``df_2``, the
    denominator's degrees of freedom.
    """
    result = [
        row
        for grouping, names in plan
        for name in names
        for row in _compare(grouping, name, variables.get(name), choice)
    ]
    result += compare_pairs(result, plan, variables, choice)
    n_groups = max((len(grouping.groups) for grouping, _ in plan), default=2)
    if n_groups == 2:
        return pd.DataFrame(result, columns=list(COMPARISON_COLUMNS))
    further = [f"{name}_{i}" for i in range(3, n_groups + 1) for name in FURTHER_COLUMNS]
    frame = pd.DataFrame(result, columns=[*COMPARISON_COLUMNS, *further, "df_2"])
    return frame.astype({name: "Int64" for name in further if name.startswith("n_")})


def compare_pairs(
    result: Sequence[Row],
    plan: Sequence[tuple[Grouping, Sequence[str]]],
    variables: Mapping[str, Variable],
    choice: StatisticsSettings,
) -> list[Row]:
    """Compare each two groups of more than two, by the counterparts of the tests shown."""
    shown = {(row["grouping"], row["variable"]): test_among(row["test"], 2)
             for row in result if row["shown"] == "yes" and "group_3" in row}  # fmt: skip
    return [
        row
        for grouping, names in plan
        for name in names
        if (grouping.name, name) in shown
        for pair in grouping.pairs()
        for row in _compare(
            pair,
            name,
            variables.get(name),
            replace(choice, tests={name: cast("TestName", shown[grouping.name, name])}),
        )
    ]


def _compare(
    grouping: Grouping, name: str, variable: Variable | None, choice: StatisticsSettings
) -> list[Row]:
    reason = why_not_comparable(grouping, name, variable)
    if variable is None or reason:
        default = default_test(name, variable or UNDECLARED, choice, len(grouping.groups))
        return [_row(grouping, name, {}, GroupTest(default), shown=False, warning=reason)]
    if variable.type == "continuous":
        return _compare_continuous(grouping, name, variable, choice)
    return _compare_categorical(grouping, name, variable, choice)


def why_not_comparable(grouping: Grouping, name: str, variable: Variable | None) -> str:
    """Return why a row is left out of the table, or an empty text."""
    which = "either" if len(grouping.groups) == 2 else "any"
    if grouping.warning:
        return grouping.warning
    if variable is None:
        return f"left out: {name} is not declared under variables"
    if name not in grouping.frame:
        return f"left out: the table has no column {name}"
    if grouping.pooled()[name].isna().all():
        return f"left out: {name} has no value in {which} group"
    return ""


def _compare_continuous(
    grouping: Grouping, name: str, variable: Variable, choice: StatisticsSettings
) -> list[Row]:
    groups = [numbers(grouping.part(group)[name]) for group in grouping.groups]
    compared = groups if len(groups) == 2 else [group for group in groups if group.size]
    levene = levene_p_value(*compared)
    fixed = named_test(name, variable, choice)
    shown, warning = (fixed, "") if fixed else shown_test(compared, levene, choice.t_test)
    shown = test_among(shown, len(groups))
    described = {
        "levene_p_value": levene,
        **_description(numbers(grouping.pooled()[name]), "total"),
    }
    for place, group in enumerate(groups, start=1):
        described |= _description(group, str(place))
    if len(groups) == 2:
        results = [test(*groups) for test in CONTINUOUS_TESTS]
    else:
        results = [test(compared) for test in TESTS_AMONG_SEVERAL]
        warning = joined(warning, without_value(grouping, [group.size for group in groups]))
    return [
        _row(grouping, name, described, result, shown=result.test == shown, warning=warning)
        for result in results
    ]


def without_value(grouping: Grouping, sizes: Sequence[int]) -> str:
    """Return a warning that names the groups, of more than two, that have no value."""
    absent = [group for group, n in zip(grouping.groups, sizes, strict=True) if n == 0]
    if not absent or len(sizes) == 2:
        return ""
    return f"no value in group {', '.join(absent)}: the other groups are compared"


def shown_test(
    groups: Sequence[NDArray[np.float64]], levene: float, t_test: TTest
) -> tuple[str, str]:
    """Return which test of means the tables print under a setting, and a warning without grounds.

    The test is that of two groups, which stands for its counterpart among more.
    """
    if t_test == "rule":
        p_values = [normality_test(group).p_value for group in groups]
        which = "both groups" if len(groups) == 2 else "all groups"
        unknown = f"normality could not be tested in {which}" if np.isnan(p_values).any() else ""
        normal = all(p_value >= NORMALITY_ALPHA for p_value in p_values)
        return ("student_t" if normal else "mann_whitney_u"), unknown
    if t_test == "levene":
        if np.isnan(levene):
            instead = "Student's t" if len(groups) == 2 else "the analysis of variance"
            return "student_t", f"Levene's test could not be computed; {instead} is shown"
        return ("welch_t" if levene < LEVENE_ALPHA else "student_t"), ""
    return ("welch_t" if t_test == "welch" else "student_t"), ""


def _compare_categorical(
    grouping: Grouping, name: str, variable: Variable, choice: StatisticsSettings
) -> list[Row]:
    counts = count_table(grouping, name, variable.levels)
    known = counts.sum(axis=0)
    sizes = {f"n_{place}": n for place, n in enumerate(known[:-1], start=1)}
    sizes["n_total"] = known[-1]
    results = categorical_tests(counts[:, :-1], declared_levels=len(variable.levels))
    chosen = choice.tests.get(name, "chi_square")
    applies = any(result.test == chosen for result in results)
    shown = chosen if applies else "chi_square"
    instead = "" if applies else f"{chosen} is for 2×2 tables; Pearson's chi-square is shown"
    absent = without_value(grouping, known[:-1])
    warning = joined(undeclared_values(grouping, name, variable), instead, absent)
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
    measured: Row = {"n_total": 0, **described}
    for place, group in enumerate(grouping.groups, start=1):
        n = measured.setdefault(f"n_{place}", 0)
        measured |= {f"group_{place}": group, f"n_missing_{place}": len(grouping.part(group)) - n}
    return {
        "table": grouping.table,
        "variable": name,
        "grouping": grouping.name,
        **measured,
        "test": result.test,
        "statistic": result.statistic,
        "df": result.df,
        "df_2": result.df_2,
        "p_value": result.p_value,
        "shown": "yes" if shown else "no",
        "warning": joined(warning, result.warning),
    }
