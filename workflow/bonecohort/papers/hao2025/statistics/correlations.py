"""Figure 4: linear regression of defect size on the vertebra's Hounsfield units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.papers.hao2025.statistics.groupings import defect_vertebrae
from bonecohort.statistics.values import is_constant

if TYPE_CHECKING:
    from collections.abc import Sequence

CORRELATION_COLUMNS = (
    "x", "y", "n", "slope", "intercept", "r_squared", "p_value", "standard_error", "r",
    "n_missing", "warning",
)  # fmt: skip
LEAST_POINTS = 3


def regress_on_hu(vertebrae: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Regress each measure on the vertebra's HU by least squares, among defect vertebrae.

    ``p_value`` is the t-test of the slope, n − 2 df. Each vertebra counts once, as published,
    though vertebrae of one participant are not independent.
    """
    frame = defect_vertebrae(vertebrae)
    rows = [_regression(frame, "hu", outcome) for outcome in outcomes]
    return pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS))


def _regression(frame: pd.DataFrame, x: str, y: str) -> dict[str, Any]:
    if y not in frame:
        return {"x": x, "y": y, "n": 0, "warning": f"left out: the table has no column {y}"}
    points = frame[[x, y]].apply(pd.to_numeric).dropna()
    row: dict[str, Any] = {
        "x": x, "y": y, "n": len(points), "n_missing": len(frame) - len(points), "warning": "",
    }  # fmt: skip
    if len(points) < LEAST_POINTS:
        return {**row, "warning": f"not fitted: {len(points)} vertebrae, fewer than {LEAST_POINTS}"}
    for name in (x, y):
        if is_constant(points[name].to_numpy(dtype=np.float64)):
            return {**row, "warning": f"not fitted: {name} has one value only"}
    line = stats.linregress(points[x].to_numpy(), points[y].to_numpy())
    return {
        **row,
        "slope": float(line.slope),
        "intercept": float(line.intercept),
        "r_squared": float(line.rvalue) ** 2,
        "p_value": float(line.pvalue),
        "standard_error": float(line.stderr),
        "r": float(line.rvalue),
    }
