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
from bonecohort.measures.mr.water_fat.candidates import find_candidates
from bonecohort.measures.mr.water_fat.field import choose_smooth, smoothed
from bonecohort.measures.mr.water_fat.refine import lowest, refine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.refine import Fit
    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes, FloatArray

SIGNAL_FRACTION = 0.05
"""A voxel is fitted whose signal is more than this share of bright tissue's: not air."""
BRIGHT_PERCENTILE = 95.0
MOST_VOXELS_OF_SIGN = 4000
"""By about so many the sign of the phase is determined."""
LEAST_SIGN_RATIO = 1.2
"""The residuals of both signs differ by at least this factor, else neither is taken."""
POLARITY_SD, POLARITY_PERCENTILE = 4.0, 90.0
"""SD in voxels over which the phase between even and odd echoes is taken; share of the voxels."""
LARGEST_ALTERNATION = 0.04
"""rad."""


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
    """

    percent: FloatArray
    r2star: FloatArray
    residual: FloatArray
    is_conjugate: bool


def fit_voxels(signals: ComplexArray, echoes: Echoes) -> Fit:
    """Fit each voxel alone, from each of its minima, and keep the fit of the lowest residual.

    Parameters
    ----------
    signals
        Shape (voxels, n).
    """
    found = find_candidates(signals, echoes)
    fits = [
        refine(signals, echoes, field, rate)
        for field, rate in zip(found.field_hz.T, found.r2star.T, strict=True)
    ]
    residuals = np.array([fit.residual for fit in fits])
    residuals[~found.is_possible.T] = np.inf
    return lowest(fits, np.argmin(residuals, axis=0))


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
    signals = volumes[mask]
    conjugate = is_conjugate(signals, echoes)
    signals = signals.conj() if conjugate else signals
    found = find_candidates(signals, echoes)
    chosen = choose_smooth(found, strength[mask], mask, spacing_mm, echoes.period_hz)[:, None]
    starts = (
        np.take_along_axis(one, chosen, axis=1)[:, 0] for one in (found.field_hz, found.r2star)
    )
    fit = refine(signals, echoes, *starts)
    _check_polarity(fit.alternation(signals, echoes), mask)
    return WaterFatMaps(
        percent=_laid_out(fit.percent, mask),
        r2star=_laid_out(fit.r2star, mask),
        residual=_laid_out(fit.residual, mask),
        is_conjugate=conjugate,
    )


def is_conjugate(signals: ComplexArray, echoes: Echoes) -> bool:
    """Return whether the phase runs the other way round: scanners differ in its sign.

    Of both signs, the one by which water and fat explain more of the signal is taken.
    Voxels of both decide it; those of one alone fit both signs.

    Raises
    ------
    DataFault
        Both explain them alike.
    """
    sample = signals[:: max(1, len(signals) // MOST_VOXELS_OF_SIGN)]
    as_it_is, conjugate = (_unexplained(one, echoes) for one in (sample, sample.conj()))
    if max(as_it_is, conjugate) < LEAST_SIGN_RATIO * min(as_it_is, conjugate):
        raise DataFault(
            f"The sign of the phase is not determined: the residual is {as_it_is:.1%} with it and "
            f"{conjugate:.1%} against it. Do the phases belong to these magnitudes?"
        )
    return conjugate < as_it_is


def _check_polarity(alternation: ComplexArray, mask: NDArray[np.bool_]) -> None:
    """Refuse echoes of alternating polarity: eddy currents turn every other one.

    At 3 T the fit leaves about 0.4 of the phase; 0.1 rad change 20% of fat by 2.7 points.
    """
    around = smoothed(alternation, mask, np.full(3, POLARITY_SD))
    largest = float(np.percentile(np.abs(np.angle(around)), POLARITY_PERCENTILE))
    if largest > LARGEST_ALTERNATION:
        raise DataFault(
            f"Even and odd echoes differ by {largest:.2f} rad after the fit; at most "
            f"{LARGEST_ALTERNATION:g} is expected. They may have read-outs of alternating polarity "
            "(bipolar), which are not corrected; list the scanner's own maps."
        )


def _unexplained(signals: ComplexArray, echoes: Echoes) -> float:
    """Return the residual of all voxels together, as a share of their signal."""
    strength = np.linalg.norm(signals, axis=1)
    rest = fit_voxels(signals, echoes).residual * strength
    return float(np.linalg.norm(rest) / np.linalg.norm(strength))


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
