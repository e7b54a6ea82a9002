"""Intravoxel incoherent motion: perfusion and diffusion of a region's mean signals.

S/S0 = f exp(-b D*) + (1 - f) exp(-b D) (Le Bihan 1988, doi:10.1148/radiology.168.2.3393671); D*
is the whole pseudo-diffusion exponent. A line through the high b values starts a bounded
least-squares fit of all four parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

from bonecohort.faults import DataFault
from bonecohort.techniques.dwi.adc import fit_adc

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray

HIGH_B, LEAST_HIGHEST_B = 200.0, 500.0
LEAST_HIGH, LEAST_LOW = 4, 4
LOWEST_B = 5.0
LOWER = (0.5, 0.0, 0.0, 0.005)
UPPER = (1.5, 0.005, 1.0, 0.3)
"""Bounds of S0 (in the lowest b value's signal), D, f and D*, mm²/s. D* is above D by them."""
STARTS_DSTAR = (0.01, 0.03, 0.1)
LEAST_F = 0.03
AT_BOUND = 1e-3
SCALE = (1.0, 1e-3, 0.1, 1e-2)


@dataclass(frozen=True)
class Ivim:
    """D and D* in mm²/s, f as a fraction. D* is None where it is unknown, with the reason."""

    d_mm2_s: float
    f: float
    dstar_mm2_s: float | None
    reason: str = ""


def suits_ivim(b_values: FloatArray) -> bool:
    """Return whether b values suffice: four from 200, to 500 at least, and four below, with b 0."""
    high, low = b_values >= HIGH_B, b_values < HIGH_B
    enough = high.sum() >= LEAST_HIGH and low.sum() >= LEAST_LOW
    return bool(enough and b_values.max() >= LEAST_HIGHEST_B and b_values.min() < LOWEST_B)


def fit_ivim(b_values: FloatArray, signals: FloatArray) -> Ivim:
    """Fit a region's mean signals.

    Parameters
    ----------
    b_values
        s/mm², shape (n,); see :func:`suits_ivim`.
    signals
        Above 0, shape (n,).

    Raises
    ------
    DataFault
        No start leads to a fit.
    """
    scaled = signals / signals[b_values.argmin()]
    high = b_values >= HIGH_B
    line = fit_adc(b_values[high], scaled[high])
    d = float(np.clip(line.d_mm2_s, 1e-6, UPPER[1] * 0.999))
    f = float(np.clip(1 - line.s0, 0.001, 0.9))

    def residuals(values: FloatArray) -> FloatArray:
        apart: FloatArray = _model(values, b_values) - scaled
        return apart

    fits = [
        least_squares(
            residuals, (1.0, d, f, start), bounds=(LOWER, UPPER), x_scale=SCALE,
            ftol=1e-12, xtol=1e-12, gtol=1e-12, max_nfev=2000,
        )
        for start in STARTS_DSTAR
    ]  # fmt: skip
    done = [fit for fit in fits if fit.success]
    if not done:
        raise DataFault("The IVIM fit did not end.")
    best = min(done, key=lambda fit: float(fit.cost))
    _, d, f, dstar = (float(value) for value in best.x)
    reason = _why_no_dstar(f, dstar)
    return Ivim(d, f, None if reason else dstar, reason)


def _model(values: FloatArray, b_values: FloatArray) -> FloatArray:
    s0, d, f, dstar = values
    model: FloatArray = s0 * (f * np.exp(-b_values * dstar) + (1 - f) * np.exp(-b_values * d))
    return model


def _why_no_dstar(f: float, dstar: float) -> str:
    if f < LEAST_F:
        return f"f is {100 * f:.1f}%, below {100 * LEAST_F:g}%"
    low, high = LOWER[3], UPPER[3]
    if min(dstar - low, high - dstar) < AT_BOUND * (high - low):
        return f"D* lies at the end of its range, {1000 * dstar:.3g}e-3 mm2/s"
    return ""
