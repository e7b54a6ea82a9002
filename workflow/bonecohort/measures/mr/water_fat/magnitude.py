"""PDFF and R2* of a region by the magnitudes of its echoes alone.

The signal is |W + F Σ αp exp(i 2π δp f0 t)| exp(-R2* t) (Bydder 2008,
doi:10.1016/j.mri.2007.08.012). Without phases the spectrum of fat alone distinguishes it from
water. Noise exchanges them in single voxels, so the echoes of a whole region are fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.optimize import least_squares

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from bonecohort.measures.mr.water_fat.signal import Echoes, FloatArray

MOST_R2STAR = 2000.0
"""1/s; a fit stays between 0 and this."""
PERCENT_STEP, R2STAR_STEP, MOST_START_R2STAR = 1.0, 10.0, 600.0
"""Of the grid on which the starts are sought."""
CLEAR_RATIO = 1.25
"""The residual of the other start is at least this times the lower one."""
SAME_PERCENT = 1.0
"""Starts that end nearer than this, in percentage points, have found one fit."""
AIR_FRACTION, BRIGHT_PERCENTILE = 0.1, 95.0
"""Air signals less than this share of bright tissue."""
FROM_TISSUE, LEAST_AIR = 3, 1000
"""Voxels between air and tissue; voxels of air that are needed."""
LEAST_EVEN, MOST_ZEROS = 0.9, 0.05
"""Noise of the weakest echo by that of the strongest; share of voxels set to 0."""
LEAST_RESIDUAL = 1e-4
"""Share of the signal; below it the residuals of two fits are alike."""


@dataclass(frozen=True)
class MagnitudeFit:
    """What was fitted to the magnitudes of a region.

    Attributes
    ----------
    percent
        PDFF in %.
    r2star
        In 1/s.
    residual
        Root of the energy that is not explained, as a share of the signal's.
    other_percent
        PDFF in % of the other start: with water and fat nearly exchanged.
    other_residual
        Its residual.
    """

    percent: float
    r2star: float
    residual: float
    other_percent: float
    other_residual: float

    @property
    def is_ambiguous(self) -> bool:
        """Whether both starts end at different fits whose residuals differ by less than 25%."""
        if abs(self.percent - self.other_percent) < SAME_PERCENT:
            return False
        return self.other_residual < CLEAR_RATIO * max(self.residual, LEAST_RESIDUAL)


def air_noise_power(magnitudes: FloatArray) -> float:
    """Return the mean square of the magnitudes of noise in air; 0 where it is not known.

    Noise is as strong in every echo, what tissue signals is not. Where the scanner sets air to 0,
    or filters it, the noise of tissue is not known.

    Parameters
    ----------
    magnitudes
        Shape (ni, nj, nk, n).
    """
    strength = np.sqrt(np.mean(np.square(magnitudes, dtype=np.float64), axis=-1))
    dark = strength < AIR_FRACTION * np.percentile(strength, BRIGHT_PERCENTILE)
    air = ndimage.binary_erosion(dark, iterations=FROM_TISSUE, border_value=1)
    if np.count_nonzero(air) < LEAST_AIR:
        return 0.0
    voxels = magnitudes[air].astype(np.float64)
    power = np.mean(voxels**2, axis=0)
    even = power.min() > LEAST_EVEN * power.max()
    masked = np.mean(voxels == 0) > MOST_ZEROS
    return float(power.mean()) if even and not masked else 0.0


def region_magnitudes(voxels: FloatArray, noise_power: float = 0.0) -> FloatArray:
    """Return the root of the mean square of a region's magnitudes at each echo, without noise.

    The mean square of a magnitude is that of the signal plus that of the noise, whatever the number
    of coils.

    Parameters
    ----------
    voxels
        Magnitudes, shape (voxels, n).
    noise_power
        Mean square of the magnitudes of noise alone; 0 where it is not known.
    """
    power = np.mean(np.square(voxels, dtype=np.float64), axis=0) - noise_power
    magnitudes: FloatArray = np.sqrt(np.maximum(power, 0))
    return magnitudes


def fit_magnitudes(magnitudes: FloatArray, echoes: Echoes) -> MagnitudeFit:
    """Fit water, fat and R2* to magnitudes from two starts: there are two fat fractions that fit.

    The fit of the lower residual is taken. The signal is scaled by the largest echo: the first is
    nearly 0 where it is of opposed phase and the fat fraction is 50%.

    Parameters
    ----------
    magnitudes
        Shape (n,).

    Raises
    ------
    DataFault
        There is no signal.
    """
    largest = float(magnitudes.max())
    if not largest > 0:
        raise DataFault("The echoes of the region hold no signal above the noise.")
    scaled = magnitudes / largest
    fits = [_fit(scaled, echoes, start) for start in _starts(scaled, echoes)]
    best, other = min(fits, key=lambda fit: fit[2]), max(fits, key=lambda fit: fit[2])
    return MagnitudeFit(*best, other_percent=other[0], other_residual=other[2])


def _starts(magnitudes: FloatArray, echoes: Echoes) -> list[FloatArray]:
    """Return water, fat and R2* at the two lowest minima along the fat fraction; at least one."""
    fractions = np.arange(0, 100 + PERCENT_STEP, PERCENT_STEP) / 100
    rates = np.arange(0, MOST_START_R2STAR + R2STAR_STEP, R2STAR_STEP)
    shares = np.stack([1 - fractions, fractions], axis=1)
    shape = np.abs(shares @ echoes.basis.T)[:, None] * np.exp(-np.outer(rates, echoes.times_s))
    scale = (shape @ magnitudes) / np.sum(shape**2, axis=-1)
    rest = np.linalg.norm(scale[..., None] * shape - magnitudes, axis=-1)
    rate = np.argmin(rest, axis=1)
    profile = np.min(rest, axis=1)
    beside = np.pad(profile, 1, constant_values=np.inf)
    minima = np.flatnonzero((profile <= beside[:-2]) & (profile <= beside[2:]))
    lowest = minima[np.argsort(profile[minima], kind="stable")][:2]
    return [np.array([*(scale[at, rate[at]] * shares[at]), rates[rate[at]]]) for at in lowest]


def _fit(magnitudes: FloatArray, echoes: Echoes, start: FloatArray) -> tuple[float, float, float]:
    """Return PDFF in %, R2* in 1/s and the residual of the fit from a start."""
    unit = np.array([1.0, 1.0, 100.0])

    def rest(scaled: FloatArray) -> FloatArray:
        water, fat, rate = scaled * unit
        model = np.abs(echoes.basis @ np.array([water, fat])) * np.exp(-rate * echoes.times_s)
        result: FloatArray = model - magnitudes
        return result

    result = least_squares(
        rest, start / unit, bounds=(0, [np.inf, np.inf, MOST_R2STAR / unit[2]]),
        xtol=1e-12, ftol=1e-12, gtol=1e-12,
    )  # fmt: skip
    water, fat, rate = result.x * unit
    share = float(np.linalg.norm(result.fun) / np.linalg.norm(magnitudes))
    return 100 * float(fat / (water + fat)), float(rate), share
