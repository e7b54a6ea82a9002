"""A relaxation time T of a region's mean signals: S = S0 exp(-TE/T), lifted by the noise.

The magnitude of a signal A with complex noise of an SD σ has the mean of a Rician distribution
(Gudbjartsson 1995, doi:10.1002/mrm.1910340618), which is above A. Where σ is known the signals are
fitted by that mean. A weighted line through the logarithms starts the least-squares fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares
from scipy.special import i0e, i1e

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray

LEAST_RANGE = 0.5
"""Of the relaxation time, between the first and the last echo that is fitted."""


@dataclass(frozen=True)
class Decay:
    """Relaxation time in ms, signal at time 0, and the share of the signals' variance explained."""

    time_ms: float
    s0: float
    r_squared: float


def fit_decay(
    echo_ms: FloatArray, signals: FloatArray, noise_sd: float = 0.0, called: str = "T2"
) -> Decay:
    """Fit one exponential to the mean signals of a region.

    Parameters
    ----------
    echo_ms
        Echo times in ms, rising, shape (n,).
    signals
        Shape (n,).
    noise_sd
        SD of the noise in either part of the complex signal; 0 where it is not known.
    called
        The relaxation time, in a message.

    Raises
    ------
    DataFault
        An echo has no signal, the signal does not fall, or the times span too little of the
        relaxation time.
    """
    if signals.min() <= 0:
        raise DataFault(f"The echo at {echo_ms[signals.argmin()]:g} ms has no signal.")
    slope, height = np.polyfit(echo_ms, np.log(signals), 1, w=signals)  # weights S, squared: S²
    if slope >= 0:
        raise DataFault(
            f"The signal does not fall as the echo time rises: no {called} can be fitted."
        )
    scale = float(signals.max())
    start = (np.exp(height) / scale, -slope)

    def residuals(values: FloatArray) -> FloatArray:
        true: FloatArray = values[0] * np.exp(-echo_ms * values[1])
        return magnitude(true, noise_sd / scale) - signals / scale

    fit = least_squares(residuals, start, x_scale=start, ftol=1e-12, xtol=1e-12, gtol=1e-12)
    s0, rate = (float(value) for value in fit.x)
    if not fit.success or rate <= 0 or s0 <= 0:
        raise DataFault(f"The exponential fit of the echoes finds no {called}.")
    time_ms = 1 / rate
    span_ms = float(echo_ms.max() - echo_ms.min())
    if span_ms < LEAST_RANGE * time_ms:
        raise DataFault(
            f"The fitted echoes span {span_ms:.1f} ms; at least half of the {called} that they "
            f"give, {time_ms:.3g} ms, is needed."
        )
    total = float(((signals / scale - signals.mean() / scale) ** 2).sum())
    return Decay(time_ms, s0 * scale, 1 - float((fit.fun**2).sum()) / total)


def magnitude(signals: FloatArray, noise_sd: float) -> FloatArray:
    """Return the mean magnitude of signals with complex noise of an SD, likewise shaped.

    It is σ √(π/2) ((1 + 2t) I0(t) + 2t I1(t)) exp(-t), with t = (A / 2σ)².
    """
    if not noise_sd:
        return np.abs(signals)
    t = (signals / (2 * noise_sd)) ** 2
    mean: FloatArray = noise_sd * np.sqrt(np.pi / 2) * ((1 + 2 * t) * i0e(t) + 2 * t * i1e(t))
    return mean
