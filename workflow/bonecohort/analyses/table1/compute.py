"""The frames of a table of characteristics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.effects.effect_table import effect_sizes
from bonecohort.statistics.tests.comparisons import compare_groups
from bonecohort.statistics.tests.counts import count_categories
from bonecohort.statistics.tests.groupings import Grouping
from bonecohort.statistics.variables import group_order

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import Table1

TABLE = "table1"


def compute(asked: Table1, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Describe and compare participants between the groups of a variable.

    Returns
    -------
    dict
        ``''``: the comparisons, one row a variable and test
        (:func:`~bonecohort.statistics.tests.comparisons.compare_groups`); ``counts`` of the
        categories; ``effects``, the sizes of the differences.
    """
    groups = group_order(cohort.variables[asked.by])
    labels = cohort.participants[asked.by]
    plan = [(Grouping(TABLE, asked.by, groups, cohort.participants, labels), asked.rows)]
    return {
        "": compare_groups(plan, cohort.variables, cohort.settings.statistics),
        "counts": count_categories(plan, cohort.variables),
        "effects": effect_sizes(plan, cohort.variables),
    }
