"""Holm's correction, within a family of tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

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


def adjust_family(family: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Adjust the tests of one family by Holm's method, one row a test.

    Parameters
    ----------
    family
        What the tests have in common, in words.
    frame
        One row a test: ``p_value``, ``warning`` (why there is none) and what names the test.
    """
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
