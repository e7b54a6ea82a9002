"""Holm's correction, within each table of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOPE_TEST = "slope_t"
"""The test of a linear regression's slope."""
MULTIPLICITY_COLUMNS = (
    "analysis", "family", "table", "variable", "grouping", "test", "p_value", "p_adjusted",
    "n_tests", "reason",
)  # fmt: skip


def holm(p_values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Holm's step-down adjusted p-values (Scand J Stat 1979;6:65); NaN stays and is no test.

    They hold the chance of any false rejection in the family at the level, whatever the
    dependence between its tests.
    """
    adjusted = np.full(p_values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return adjusted


def multiplicity_table(comparisons: pd.DataFrame, correlations: pd.DataFrame) -> pd.DataFrame:
    """Adjust the p-values that Tables 1 and 2 print and those of Figure 4's regressions.

    A family is all that one table prints: its shown test of every row and grouping. Where Table 1
    has more than two groups, the pairs of groups of each row are a family of their own, and
    ``group_1``, ``group_2`` name the pair.
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
        for row in _family(family, frame.reindex(columns=columns))
    ]
    for name, frame in pairs.groupby("variable", sort=False):
        rows += _family(f"Table 1: each pair of groups, {name}", frame[[*columns, *of_pairs]])
    return pd.DataFrame(rows, columns=[*MULTIPLICITY_COLUMNS, *of_pairs])


def _family(family: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    p_values = frame["p_value"].to_numpy(dtype=np.float64)
    adjusted = holm(p_values)
    n_tests = int((~np.isnan(p_values)).sum())
    return [
        {
            **{str(name): value for name, value in row.items() if name != "warning"},
            "analysis": "recommended",
            "family": family,
            "p_adjusted": corrected,
            "n_tests": n_tests,
            "reason": row["warning"] if np.isnan(corrected) else "",
        }
        for row, corrected in zip(frame.to_dict("records"), adjusted, strict=True)
    ]
