"""Tests of a categorical variable between groups, as SPSS 25 computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from bonecohort.statistics.tests.several_groups import ONE_GROUP
from bonecohort.statistics.tests.two_groups import GroupTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

FISHER_TIE = 1 + 1e-7
"""Tables this much more probable than the observed one still count as equal, as in R."""
LEAST_EXPECTED = 5
"""SPSS's footnote counts the cells with an expected count below this."""


def chi_square(counts: NDArray[np.int64], *, yates: bool = False) -> GroupTest:
    """Pearson's chi-square of a table without empty rows or columns.

    Parameters
    ----------
    counts
        Observed counts, shape (categories, groups).
    yates
        Correct a 2×2 table for continuity. The published p-values are not corrected.
    """
    result = stats.chi2_contingency(counts, correction=yates)
    few = int((result.expected_freq < LEAST_EXPECTED).sum())
    warning = (
        f"expected count below {LEAST_EXPECTED} in {few} of {counts.size} cells" if few else ""
    )
    name = "chi_square_yates" if yates else "chi_square"
    return GroupTest(
        name, float(result.statistic), float(result.dof), float(result.pvalue), warning
    )


def fisher_exact(counts: NDArray[np.int64]) -> GroupTest:
    """Fisher's exact test of a 2×2 table, two-sided: the sum of all tables no more probable.

    There is no test statistic, so ``statistic`` and ``df`` are NaN.
    """
    total, row, column = int(counts.sum()), int(counts[0].sum()), int(counts[:, 0].sum())
    possible = np.arange(max(0, row + column - total), min(row, column) + 1)
    probabilities = stats.hypergeom.pmf(possible, total, row, column)
    observed = probabilities[possible == counts[0, 0]][0]
    p_value = float(probabilities[probabilities <= observed * FISHER_TIE].sum())
    return GroupTest("fisher_exact", p_value=min(1.0, p_value))


def with_values(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Leave out the groups that have no value; shape (categories, groups)."""
    return counts[:, counts.sum(axis=0) > 0]


def categorical_tests(counts: NDArray[np.int64], *, declared_levels: int) -> list[GroupTest]:
    """Every test that applies to a table of counts, shape (categories, groups).

    Categories nobody has are left out first, and of more than two groups those without a value.
    Of a 2×2 table all three tests are given, of a larger one and among more groups Pearson's
    chi-square alone.
    """
    two_groups = counts.shape[1] == 2
    names = ["chi_square"]
    if two_groups and declared_levels == 2:
        names = ["chi_square", "chi_square_yates", "fisher_exact"]
    if two_groups and (counts.sum(axis=0) == 0).any():
        return [GroupTest(name, warning="not tested: a group has no value") for name in names]
    filled = with_values(counts)
    if filled.shape[1] < 2:
        return [GroupTest("chi_square", warning=ONE_GROUP)]
    used = filled[filled.sum(axis=1) > 0]
    if len(used) < 2:
        reason = "not tested: every value is the same category"
        return [GroupTest(name, warning=reason) for name in names]
    if used.shape != (2, 2) or not two_groups:
        return [chi_square(used)]
    return [chi_square(used), chi_square(used, yates=True), fisher_exact(used)]
