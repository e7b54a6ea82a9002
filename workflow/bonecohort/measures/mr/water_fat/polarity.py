"""The phase between even and odd echoes, which a read-out of alternating polarity adds.

Eddy currents turn every other echo by a phase that varies slowly in space: here a polynomial of the
place. It changes the fat fraction, so it is estimated and taken away. A fit leaves part of it in
the echoes; what it leaves is added to the estimate, until nothing is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.mr.water_fat.candidates import find_candidates
from bonecohort.measures.mr.water_fat.field import smoothed
from bonecohort.measures.mr.water_fat.refine import refine
from bonecohort.measures.mr.water_fat.smooth_fit import fit_smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.refine import Fit
    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes, FloatArray

    BoolArray = NDArray[np.bool_]

SD_VOXELS, PERCENTILE = 4.0, 90.0
"""SD in voxels over which the phase is taken; share of the voxels that lies below it."""
PHASES: tuple[float, ...] = tuple((np.pi * np.arange(12) / 12 - np.pi / 2).tolist())
"""Constant phases that are tried first, in rad. A turn by π is a shift of the field."""
MOST_VOXELS, MOST_OF_START = 20_000, 1500
"""By about so many the phase, and its start, are estimated."""
GAIN, MOST_ROUNDS, CHOOSING_ROUNDS = 2.0, 25, 4
"""A fit leaves less than half of the phase; in the first rounds the field is chosen again."""
NOTHING_LEFT = 0.001
"""rad."""
EVEN_SPACING = 0.01
"""Largest share by which the spacings of echoes of alternating polarity differ."""


def left_over(fit: Fit, signals: ComplexArray, mask: BoolArray, echoes: Echoes) -> float:
    """Return the phase between even and odd echoes that a fit leaves, in rad.

    Nine tenths of the voxels have a smaller one.
    """
    return _large(np.angle(_alternation(fit, signals, mask, echoes)))


def size_of(phase: FloatArray) -> float:
    """Return how large phases in rad are, as :func:`left_over`; those of π are none."""
    return _large(np.angle(np.exp(2j * phase)) / 2)


def can_alternate(echoes: Echoes) -> bool:
    """Return whether the echoes are as evenly spaced as those of alternating polarity."""
    spacing = np.diff(echoes.times_s)
    return bool(np.ptp(spacing) <= EVEN_SPACING * spacing.min())


def turned_back(signals: ComplexArray, phase: FloatArray | float) -> ComplexArray:
    """Return signals, shape (voxels, n), whose even echoes lack a phase in rad."""
    result = np.array(signals)
    result[:, 1::2] *= np.exp(-1j * np.atleast_1d(phase))[:, None]
    return result


def polarity_phase(
    volumes: ComplexArray, mask: BoolArray, echoes: Echoes, spacing_mm: FloatArray
) -> FloatArray:
    """Return the phase of even echoes before odd ones in the voxels of a mask, in rad.

    Parameters
    ----------
    volumes
        Signals of the grid, shape (ni, nj, nk, n).
    mask
        Shape (ni, nj, nk).
    spacing_mm
        Of its voxels along each axis.
    """
    powers = _powers(mask.shape)
    steps = _steps(mask, spacing_mm)
    every = tuple(slice(None, None, step) for step in steps)
    coarse = mask[every]
    signals, own = volumes[every][coarse], powers[every][coarse]
    coefficients = np.zeros(powers.shape[-1])
    coefficients[0] = _constant(signals, echoes)
    fit = None
    for at in range(MOST_ROUNDS):
        turned = turned_back(signals, own @ coefficients)
        if fit is None or at < CHOOSING_ROUNDS:
            fit = fit_smooth(turned, coarse, echoes, spacing_mm * steps)
        else:
            fit = refine(turned, echoes, fit.field_hz, fit.r2star)
        left = _alternation(fit, turned, coarse, echoes)
        if _large(np.angle(left)) < NOTHING_LEFT:
            break
        weights = np.sqrt(np.abs(left))
        change, *_ = np.linalg.lstsq(own * weights[:, None], np.angle(left) * weights)
        coefficients += GAIN * change
    phase: FloatArray = powers[mask] @ coefficients
    return phase


def _alternation(fit: Fit, signals: ComplexArray, mask: BoolArray, echoes: Echoes) -> ComplexArray:
    return smoothed(fit.alternation(signals, echoes), mask, np.full(3, SD_VOXELS))


def _large(phase: FloatArray) -> float:
    return float(np.percentile(np.abs(phase), PERCENTILE))


def _steps(mask: BoolArray, spacing_mm: FloatArray) -> NDArray[np.intp]:
    """Return by how many voxels to go along each axis: by more along the two finest."""
    step = int(np.ceil(np.sqrt(np.count_nonzero(mask) / MOST_VOXELS)))
    steps = np.ones(3, dtype=np.intp)
    steps[np.argsort(spacing_mm, kind="stable")[:2]] = max(step, 1)
    return steps


def _powers(shape: tuple[int, ...]) -> FloatArray:
    """Return the terms of a polynomial of each voxel's place, shape (ni, nj, nk, terms)."""
    axes = [np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    terms = [np.ones(shape), x, y, z, x * x, y * y, z * z, x * y, x * z, y * z, x**3, y**3, z**3]
    return np.stack(terms, axis=-1)


def _constant(signals: ComplexArray, echoes: Echoes) -> float:
    """Return the constant phase by which water and fat explain most of the signals."""
    sample = signals[:: max(1, len(signals) // MOST_OF_START)]
    return min(PHASES, key=lambda phase: _unexplained(sample, echoes, phase))


def _unexplained(signals: ComplexArray, echoes: Echoes, phase: float) -> float:
    turned = turned_back(signals, phase)
    result = find_candidates(turned, echoes)
    fit = refine(turned, echoes, result.field_hz[:, 0], result.r2star[:, 0])
    return float(np.sum((fit.residual * np.linalg.norm(turned, axis=1)) ** 2))
