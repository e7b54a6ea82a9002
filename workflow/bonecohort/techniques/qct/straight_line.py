"""A straight line by least squares, with what describes its fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.images.volume import FloatArray


@dataclass(frozen=True)
class StraightLine:
    """A line y = slope · x + intercept.

    Attributes
    ----------
    r2
        Square of the correlation of x and y.
    slope_se
        Standard error of the slope, with n − 2 degrees of freedom.
    residuals
        Of y, shape (n,).
    """

    slope: float
    intercept: float
    r2: float
    slope_se: float
    residuals: FloatArray


def fit_line(x: Sequence[float], y: Sequence[float]) -> StraightLine:
    """Fit y on x by ordinary least squares; both have at least three values that differ."""
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    dx, dy = across - across.mean(), up - up.mean()
    sxx, sxy, syy = float(dx @ dx), float(dx @ dy), float(dy @ dy)
    slope = sxy / sxx
    residuals: FloatArray = dy - slope * dx
    variance = float(residuals @ residuals) / (len(across) - 2)
    return StraightLine(
        slope,
        float(up.mean() - slope * across.mean()),
        sxy**2 / (sxx * syy),
        float(np.sqrt(variance / sxx)),
        residuals,
    )
