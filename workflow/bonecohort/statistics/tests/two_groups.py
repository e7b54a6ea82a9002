"""Tests of a continuous variable between two independent groups, as SPSS 25 computes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.values import is_constant, joined, ranked_precision

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SMALL_GROUP = 3
"""Below this size a group's test is given with a warning."""


@dataclass(frozen=True)
class GroupTest:
    """One test of one variable; what does not apply, or could not be computed, is NaN."""

    test: str
    statistic: float = np.nan
    df: float = np.nan
    p_value: float = np.nan
    warning: str = ""
    df_2: float = np.nan
    """The denominator's degrees of freedom of an F."""


def student_t(first: NDArray[np.float64], second: NDArray[np.float64]) -> GroupTest:
    """Student's t-test, equal variances, two-sided; positive t when the first mean is larger."""
    return _t_test("student_t", first, second, equal_variances=True)


def welch_t(first: NDArray[np.float64], second: NDArray[np.float64]) -> GroupTest:
    """Welch's t-test (SPSS: equal variances not assumed), Satterthwaite df, two-sided."""
    return _t_test("welch_t", first, second, equal_variances=False)


def mann_whitney_u(first: NDArray[np.float64], second: NDArray[np.float64]) -> GroupTest:
    """Mann–Whitney U: the smaller U, asymptotic p with tie correction, no continuity correction.

    This is SPSS's "Asymp. Sig. (2-tailed)" and R's ``wilcox.test(exact=FALSE, correct=FALSE)``.
    """
    name = "mann_whitney_u"
    if min(first.size, second.size) == 0:
        return GroupTest(name, warning=_empty(first, second))
    both = ranked_precision(np.concatenate([first, second]))
    if is_constant(both):
        return GroupTest(name, warning=_constant(both))
    result = stats.mannwhitneyu(
        both[: first.size], both[first.size :], use_continuity=False, method="asymptotic"
    )
    smaller_u = min(float(result.statistic), first.size * second.size - float(result.statistic))
    return GroupTest(name, smaller_u, np.nan, float(result.pvalue), _small(first, second))


def levene_p_value(*groups: NDArray[np.float64]) -> float:
    """Levene's test of equal variances on deviations from the mean (SPSS); NaN if undefined."""
    if len(groups) < 2 or min(group.size for group in groups) < SMALL_GROUP:
        return np.nan
    deviations = [np.abs(group - group.mean()) for group in groups]
    if all(is_constant(group) for group in deviations):
        return np.nan
    return float(stats.levene(*groups, center="mean").pvalue)


CONTINUOUS_TESTS: tuple[Callable[[NDArray[np.float64], NDArray[np.float64]], GroupTest], ...] = (
    student_t,
    welch_t,
    mann_whitney_u,
)


def _t_test(
    name: str,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    equal_variances: bool,
) -> GroupTest:
    if min(first.size, second.size) == 0:
        return GroupTest(name, warning=_empty(first, second))
    if min(first.size, second.size) == 1:
        return GroupTest(name, warning="a group has one value only, so no SD and no t-test")
    if is_constant(first) and is_constant(second):
        return GroupTest(name, warning=_constant(np.concatenate([first, second])))
    result = stats.ttest_ind_from_stats(
        first.mean(), _sd(first), first.size, second.mean(), _sd(second), second.size,
        equal_var=equal_variances,
    )  # fmt: skip
    df = float(first.size + second.size - 2) if equal_variances else welch_df(first, second)
    note = "one group is constant" if is_constant(first) or is_constant(second) else ""
    warning = joined(_small(first, second), note)
    return GroupTest(name, float(result.statistic), df, float(result.pvalue), warning)


def _sd(values: NDArray[np.float64]) -> float:
    return 0.0 if is_constant(values) else float(values.std(ddof=1))


def welch_df(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Welch–Satterthwaite degrees of freedom of two groups of which one varies."""
    largest = max(_sd(first), _sd(second))  # in its unit no square can underflow to 0 / 0
    part_1, part_2 = ((_sd(group) / largest) ** 2 / group.size for group in (first, second))
    spread = part_1**2 / (first.size - 1) + part_2**2 / (second.size - 1)
    return (part_1 + part_2) ** 2 / spread


def _empty(first: NDArray[np.float64], second: NDArray[np.float64]) -> str:
    if first.size == second.size == 0:
        return "not tested: both groups have no value"
    return f"not tested: the {'first' if first.size == 0 else 'second'} group has no value"


def _constant(values: NDArray[np.float64]) -> str:
    if is_constant(values):
        return f"not tested: every value is {values[0]:g}"
    return "not tested: both groups are constant, so there is no variance"


def _small(first: NDArray[np.float64], second: NDArray[np.float64]) -> str:
    smallest = min(first.size, second.size)
    return f"a group has {smallest} values only" if smallest < SMALL_GROUP else ""
