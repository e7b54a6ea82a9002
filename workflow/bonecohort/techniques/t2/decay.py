"""T2 of a region's mean signals: S = S0 exp(-TE/T2), the first echo left out.

Where refocusing pulses are not exactly 180°, stimulated echoes add to every echo but the first. So
the first lies below the curve. A weighted line through the logarithms starts the least-squares fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray

LEAST_ECHOES = 4
LEAST_RANGE = 0.5
"""Of the T2, between the first and the last echo that is fitted."""


@dataclass(frozen=True)
class Decay:
    """T2 in ms, the signal at time 0, and the share of the signals' variance that is explained."""

    t2_ms: float
    s0: float
    r_squared: float


def fit_decay(echo_ms: FloatArray, signals: FloatArray) -> Decay:
    """Fit one exponential to the mean signals of a region.

    Parameters
    ----------
    echo_ms
        Echo times in ms, rising, shape (n,).
    signals
        Above 0, shape (n,).

    Raises
    ------
    DataFault
        The echoes are too few, the signal does not fall, or the times span too little of T2.
    """
    if len(echo_ms) < LEAST_ECHOES:
        raise DataFault(
            f"{len(echo_ms)} echoes are left to fit; at least {LEAST_ECHOES} are needed beside the "
            "echoes left out (t2.skip_first)."
        )
    slope, height = np.polyfit(echo_ms, np.log(signals), 1, w=signals)  # weights S, squared: S²
    if slope >= 0:
        raise DataFault("The signal does not fall as the echo time rises: no T2 can be fitted.")
    scale = float(signals.max())
    start = (np.exp(height) / scale, -slope)

    def residuals(values: FloatArray) -> FloatArray:
        apart: FloatArray = values[0] * np.exp(-echo_ms * values[1]) - signals / scale
        return apart

    fit = least_squares(residuals, start, x_scale=start, ftol=1e-12, xtol=1e-12, gtol=1e-12)
    s0, rate = (float(value) for value in fit.x)
    if not fit.success or rate <= 0:
        raise DataFault("The exponential fit of the echoes finds no T2.")
    t2_ms = 1 / rate
    span_ms = float(echo_ms.max() - echo_ms.min())
    if span_ms < LEAST_RANGE * t2_ms:
        raise DataFault(
            f"The fitted echoes span {span_ms:.1f} ms; at least half of the T2 that they give, "
            f"{t2_ms:.0f} ms, is needed."
        )
    total = float(((signals / scale - signals.mean() / scale) ** 2).sum())
    return Decay(t2_ms, s0 * scale, 1 - float((fit.fun**2).sum()) / total)
