"""Tests of a continuous variable among three or more independent groups.

The groups handed over have a value each; there may be two of them left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from bonecohort.statistics.tests.two_groups import SMALL_GROUP, GroupTest
from bonecohort.statistics.values import is_constant, ranked_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Groups = Sequence[NDArray[np.float64]]

ONE_GROUP = "not tested: one group only has a value"


def anova(groups: Groups) -> GroupTest:
    """One-way analysis of variance, equal variances assumed; R's ``aov``, SPSS's ONEWAY."""
    name = "anova"
    if len(groups) < 2:
        return GroupTest(name, warning=ONE_GROUP)
    if all(is_constant(group) for group in groups):
        return GroupTest(name, warning=why_no_variance(groups))
    result = stats.f_oneway(*groups)
    df, df_2 = float(len(groups) - 1), float(sum(group.size for group in groups) - len(groups))
    return GroupTest(name, float(result.statistic), df, float(result.pvalue), _small(groups), df_2)


def welch_anova(groups: Groups) -> GroupTest:
    """Welch's analysis of variance (Biometrika 1951;38:330); R's ``oneway.test``."""
    name = "welch_anova"
    if len(groups) < 2:
        return GroupTest(name, warning=ONE_GROUP)
    if min(group.size for group in groups) == 1:
        return GroupTest(name, warning="not tested: a group has one value only, so no variance")
    if all(is_constant(group) for group in groups):
        return GroupTest(name, warning=why_no_variance(groups))
    if any(is_constant(group) for group in groups):
        return GroupTest(name, warning="not tested: a group is constant, so it has no weight")
    result = anova_oneway(list(groups), use_var="unequal")
    df, df_2 = float(result.df_num), float(result.df_denom)
    return GroupTest(name, float(result.statistic), df, float(result.pvalue), _small(groups), df_2)


def kruskal_wallis(groups: Groups) -> GroupTest:
    """Kruskal–Wallis H, corrected for ties, with its chi-square p; R's ``kruskal.test``."""
    name = "kruskal_wallis"
    if len(groups) < 2:
        return GroupTest(name, warning=ONE_GROUP)
    everything = ranked_precision(np.concatenate(groups))
    if is_constant(everything):
        return GroupTest(name, warning=why_no_variance(groups))
    ends = np.cumsum([group.size for group in groups])[:-1]
    result = stats.kruskal(*np.split(everything, ends))
    df = float(len(groups) - 1)
    return GroupTest(name, float(result.statistic), df, float(result.pvalue), _small(groups))


TESTS_AMONG_SEVERAL: tuple[Callable[[Groups], GroupTest], ...] = (
    anova, welch_anova, kruskal_wallis,
)  # fmt: skip


def why_no_variance(groups: Groups) -> str:
    """Return why constant groups cannot be tested."""
    if is_constant(np.concatenate(groups)):
        return f"not tested: every value is {groups[0][0]:g}"
    if max(group.size for group in groups) == 1:
        return "not tested: every group has one value only, so there is no variance"
    return "not tested: all groups are constant, so there is no variance"


def _small(groups: Groups) -> str:
    smallest = min(group.size for group in groups)
    if smallest >= SMALL_GROUP:
        return ""
    return f"a group has {f'{smallest} values' if smallest > 1 else 'one value'} only"
