"""Which of its field shifts each voxel has: the one that continues those around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.candidates import Candidates
    from bonecohort.measures.mr.water_fat.signal import FloatArray

WIDEST, NARROWEST, SHRINKAGE = 8.0, 1.0, 0.85
"""SD of the smoothing, in voxels of the smallest spacing, and what each round makes of it."""
TRUNCATE = 2.5


def choose_smooth(
    candidates: Candidates,
    weights: FloatArray,
    mask: NDArray[np.bool_],
    spacing_mm: FloatArray,
    period_hz: float,
) -> NDArray[np.intp]:
    """Return the place of each voxel's field shift among its candidates.

    Parameters
    ----------
    candidates
        Of the voxels of the mask, in its order.
    weights
        How much each voxel counts for those around it: its signal.
    mask
        Shape (ni, nj, nk).
    spacing_mm
        Of its voxels along each axis.
    """
    phasors = np.exp(2j * np.pi * candidates.field_hz / period_hz)
    chosen = np.zeros(len(phasors), dtype=np.intp)
    sd = WIDEST
    while sd >= NARROWEST:
        sds = sd * spacing_mm.min() / spacing_mm
        own = weights * np.take_along_axis(phasors, chosen[:, None], axis=1)[:, 0]
        around = smoothed(own, mask, sds)
        nearness = (phasors * around.conj()[:, None]).real
        chosen = np.argmax(np.where(candidates.is_possible, nearness, -np.inf), axis=1)
        sd *= SHRINKAGE
    return chosen


def smoothed(
    values: NDArray[np.complex128], mask: NDArray[np.bool_], sds: FloatArray
) -> NDArray[np.complex128]:
    """Return values of a mask's voxels, smoothed over its volume; ``sds`` in voxels."""
    volume = np.zeros(mask.shape, dtype=np.complex64)
    volume[mask] = values
    smooth = gaussian_filter(volume, sds, mode="constant", truncate=TRUNCATE)
    result: NDArray[np.complex128] = smooth[mask].astype(np.complex128)
    return result
