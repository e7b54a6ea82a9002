"""PDFF and R2* of every voxel of complex echoes.

Variable projection over a grid, a field map that continues smoothly, then Gauss-Newton
steps. The signal is (W + F Σ αp exp(i 2π δp f0 t)) exp(i 2π ψ t) exp(-R2* t) (Yu 2008,
doi:10.1002/mrm.21737).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.mr.water_fat.polarity import (
    can_alternate,
    left_over,
    polarity_phase,
    size_of,
    turned_back,
)
from bonecohort.measures.mr.water_fat.sign import is_conjugate, is_conjugate_if_turned
from bonecohort.measures.mr.water_fat.smooth_fit import fit_smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.refine import Fit
    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes, FloatArray

SIGNAL_FRACTION = 0.05
"""A voxel is fitted whose signal is more than this share of bright tissue's: not air."""
BRIGHT_PERCENTILE = 95.0
SUSPECTED_ALTERNATION, LEAST_POLARITY = 0.01, 0.05
"""Phase in rad between even and odd echoes that a fit leaves, and the least that is taken away.

A spectrum of fat that is not the patient's looks like up to 0.04 rad."""
LARGEST_ALTERNATION = 0.04
"""rad, of the fit that is taken."""


@dataclass(frozen=True)
class WaterFatMaps:
    """Maps of shape (ni, nj, nk), NaN in air.

    Attributes
    ----------
    percent
        PDFF in %.
    r2star
        In 1/s.
    residual
        Root of the energy not explained, as a share of the signal's.
    is_conjugate
        Whether the phase was reversed.
    polarity_rad
        Phase that was taken from the even echoes, which nine tenths of the voxels do not exceed;
        0 where there was none.
    """

    percent: FloatArray
    r2star: FloatArray
    residual: FloatArray
    is_conjugate: bool
    polarity_rad: float


def fit_maps(volumes: ComplexArray, echoes: Echoes, spacing_mm: FloatArray) -> WaterFatMaps:
    """Fit the echoes of a grid.

    Parameters
    ----------
    volumes
        Complex signals by echo time, shape (ni, nj, nk, n).
    spacing_mm
        Of the voxels along each axis.

    Raises
    ------
    DataFault
        No voxel has a signal, the sign of the phase cannot be determined, or even and odd echoes
        differ in phase.
    """
    strength = np.sqrt(np.mean(np.abs(volumes) ** 2, axis=-1))
    mask = strength > SIGNAL_FRACTION * bright_signal(strength)
    conjugate, is_turned = is_conjugate_if_turned(volumes[mask], echoes)
    volumes = volumes.conj() if conjugate else volumes
    fit, polarity = _without_polarity(volumes, mask, echoes, spacing_mm, is_suspected=is_turned)
    return WaterFatMaps(
        percent=_laid_out(fit.percent, mask),
        r2star=_laid_out(fit.r2star, mask),
        residual=_laid_out(fit.residual, mask),
        is_conjugate=conjugate,
        polarity_rad=polarity,
    )


def _without_polarity(
    volumes: ComplexArray,
    mask: NDArray[np.bool_],
    echoes: Echoes,
    spacing_mm: FloatArray,
    *,
    is_suspected: bool,
) -> tuple[Fit, float]:
    """Return the fit of a mask's voxels, and the phase taken from even echoes in rad, mostly 0.

    At 3 T a phase of 0.1 rad changes 20% of fat by 2.7 points.
    """
    signals = volumes[mask]
    fit = fit_smooth(signals, mask, echoes, spacing_mm)
    left = left_over(fit, signals, mask, echoes)
    size = 0.0
    is_suspected |= left > SUSPECTED_ALTERNATION
    if is_suspected and can_alternate(echoes):
        phase = polarity_phase(volumes, mask, echoes, spacing_mm)
        size = size_of(phase)
    if size > LEAST_POLARITY:
        signals = turned_back(signals, phase)
    if is_suspected and is_conjugate(signals, echoes):
        raise DataFault(
            f"Even and odd echoes differ by {size:.2f} rad; without it the sign of the phase is "
            "the other one, so that neither is determined. List the scanner's own maps instead."
        )
    if size > LEAST_POLARITY:
        fit = fit_smooth(signals, mask, echoes, spacing_mm)
        left = left_over(fit, signals, mask, echoes)
    if left > LARGEST_ALTERNATION:
        raise DataFault(
            f"Even and odd echoes differ by {left:.2f} rad after the fit; at most "
            f"{LARGEST_ALTERNATION:g} is expected. Do the phases belong to these echo times? List "
            "the scanner's own maps instead."
        )
    return fit, size if size > LEAST_POLARITY else 0.0


def bright_signal(strength: FloatArray) -> float:
    """Return the signal of bright tissue.

    Parameters
    ----------
    strength
        Root of the mean square of the echoes.

    Raises
    ------
    DataFault
        There is none.
    """
    bright = float(np.percentile(strength, BRIGHT_PERCENTILE))
    if not bright > 0:
        raise DataFault("The echoes hold no signal: every value of the brightest tissue is 0.")
    return bright


def _laid_out(values: FloatArray, mask: NDArray[np.bool_]) -> FloatArray:
    volume = np.full(mask.shape, np.nan)
    volume[mask] = values
    return volume
