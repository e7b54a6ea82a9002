"""The fit of every voxel of a grid, in a field that continues smoothly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.mr.water_fat.candidates import find_candidates
from bonecohort.measures.mr.water_fat.field import choose_smooth
from bonecohort.measures.mr.water_fat.refine import refine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.mr.water_fat.refine import Fit
    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes, FloatArray


def fit_smooth(
    signals: ComplexArray, mask: NDArray[np.bool_], echoes: Echoes, spacing_mm: FloatArray
) -> Fit:
    """Fit the voxels of a mask, each at the field shift that continues those around it.

    Parameters
    ----------
    signals
        Of the voxels of the mask, shape (voxels, n).
    mask
        Shape (ni, nj, nk).
    spacing_mm
        Of its voxels along each axis.
    """
    result = find_candidates(signals, echoes)
    weights = np.linalg.norm(signals, axis=1)
    chosen = choose_smooth(result, weights, mask, spacing_mm, echoes.period_hz)[:, None]
    starts = (
        np.take_along_axis(one, chosen, axis=1)[:, 0] for one in (result.field_hz, result.r2star)
    )
    return refine(signals, echoes, *starts)
