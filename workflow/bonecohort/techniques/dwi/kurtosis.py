"""The scalar kurtosis of a region's mean signals.

ln S = ln S0 - b D + b² D² K / 6 (Jensen 2005, doi:10.1002/mrm.20508), linear in ln S0, D and
D² K / 6, each row weighted by S. Of trace images it is an apparent kurtosis, not the mean kurtosis
of a tensor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray

LEAST_HIGHEST_B = 1000.0
LEAST_B_VALUES = 3
K_RANGE = (0.0, 3.0)
ROUNDING = 1e-6
"""A kurtosis nearer to 0 is that of a straight line."""
B_SCALE = 1000.0
"""The fit counts b in 1000 s/mm², which keeps its columns of one size."""


@dataclass(frozen=True)
class Kurtosis:
    """D in mm²/s, K, the b values fitted, and how many were left out as too high."""

    d_mm2_s: float
    k: float
    b_values: FloatArray
    n_left_out: int


def suits_kurtosis(b_values: FloatArray) -> bool:
    """Return whether b values suffice: up to 1000 s/mm² at least, three and more above 0."""
    return bool(b_values.max() >= LEAST_HIGHEST_B and (b_values > 0).sum() >= LEAST_B_VALUES)


def fit_kurtosis(b_values: FloatArray, signals: FloatArray) -> Kurtosis:
    """Fit a region's mean signals, without b values at which the parabola turns up again.

    Parameters
    ----------
    b_values
        s/mm², shape (n,); see :func:`suits_kurtosis`.
    signals
        Above 0, shape (n,).

    Raises
    ------
    DataFault
        D is not above 0, K lies outside 0 to 3, or too few b values are left below 3 / (D K).
    """
    kept = np.ones(len(b_values), dtype=bool)
    while True:
        d, k = _fit(b_values[kept], signals[kept])
        _check(d, k)
        valid = b_values < 3 / (d * k) if k > 0 else np.ones_like(kept)
        if not (kept & ~valid).any():
            return Kurtosis(d, k, b_values[kept], int((~kept).sum()))
        kept &= valid
        if not (b_values[kept] > 0).any() or not suits_kurtosis(b_values[kept]):
            raise DataFault(
                f"The kurtosis model holds below b {3 / (d * k):.0f} s/mm², where too few b values "
                "are left."
            )


def _fit(b_values: FloatArray, signals: FloatArray) -> tuple[float, float]:
    b = b_values / B_SCALE
    columns = np.stack([np.ones_like(b), -b, b**2], axis=1)
    solution, *_ = np.linalg.lstsq(columns * signals[:, None], np.log(signals) * signals)
    d, curvature = float(solution[1]), float(solution[2])
    k = 6 * curvature / d**2 if d else float("nan")
    return d / B_SCALE, 0.0 if abs(k) < ROUNDING else k


def _check(d: float, k: float) -> None:
    if d <= 0:
        raise DataFault(f"The kurtosis fit gives D {1000 * d:.3g}e-3 mm2/s; above 0 is possible.")
    least, most = K_RANGE
    if not least <= k <= most:
        raise DataFault(f"The kurtosis fit gives K {k:.3g}; {least:g} to {most:g} is possible.")
