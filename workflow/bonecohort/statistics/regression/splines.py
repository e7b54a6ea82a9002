"""Restricted cubic splines: cubic between their knots, straight beyond the outer ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HARRELL_PERCENTILES = {
    3: (0.10, 0.50, 0.90),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.50, 0.725, 0.95),
}
"""Harrell, Regression Modeling Strategies, 2nd ed., table 2.3."""


def harrell_knots(values: NDArray[np.float64], n_knots: int) -> NDArray[np.float64]:
    """Return the knots at Harrell's percentiles (type 7), shape (n_knots,)."""
    return np.quantile(values, HARRELL_PERCENTILES[n_knots])


def restricted_cubic(
    values: NDArray[np.float64], knots: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the basis of a restricted cubic spline, shape (n, knots − 1), the line first.

    They are Harrell's truncated powers, divided by the squared distance of the outer knots. So all
    columns have the unit of ``values`` (as ``Hmisc::rcspline.eval`` with ``norm = 2``).
    """
    first, before_last, last = knots[0], knots[-2], knots[-1]
    powers = np.maximum(values[:, np.newaxis] - knots, 0.0) ** 3
    inner, width = knots[:-2], last - before_last
    curved = (
        powers[:, :-2]
        - powers[:, -2:-1] * (last - inner) / width
        + powers[:, -1:] * (before_last - inner) / width
    )
    return np.column_stack([values, curved / (last - first) ** 2])
