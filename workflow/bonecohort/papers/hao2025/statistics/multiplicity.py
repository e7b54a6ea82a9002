"""Holm's correction, within each table of the report."""

from __future__ import annotations

import pandas as pd

from bonecohort.statistics.tests.multiplicity import MULTIPLICITY_COLUMNS, adjust_family

SLOPE_TEST = "slope_t"
"""The test of a linear regression's slope."""


def multiplicity_table(comparisons: pd.DataFrame, correlations: pd.DataFrame) -> pd.DataFrame:
    """Adjust the p-values that Tables 1 and 2 print and those of Figure 4's regressions.

    A family is all that one table prints: its shown test of every row and grouping. Where Table 1
    has more than two groups, the pairs of groups of each row are a family of their own. ``group_1``
    and ``group_2`` name the pair.
    """
    shown = comparisons[comparisons["shown"] == "yes"]
    pairs = shown[shown["table"] == "table1_pairs"]
    columns = ["table", "variable", "grouping", "test", "p_value", "warning"]
    of_pairs = [] if pairs.empty else ["group_1", "group_2"]
    lines = correlations.assign(table="figure4", grouping="", test=SLOPE_TEST)
    lines = lines.rename(columns={"y": "variable"})
    families = {
        "Table 1: the test shown of each row": shown[shown["table"] == "table1"],
        "Table 2: the test shown of each row and grouping": shown[shown["table"] == "table2"],
        "Figure 4: each regression on HU": lines,
    }
    rows = [
        row
        for family, frame in families.items()
        for row in adjust_family(family, frame.reindex(columns=columns))
    ]
    for name, frame in pairs.groupby("variable", sort=False):
        rows += adjust_family(f"Table 1: each pair of groups, {name}", frame[[*columns, *of_pairs]])
    return pd.DataFrame(rows, columns=[*MULTIPLICITY_COLUMNS, *of_pairs])
