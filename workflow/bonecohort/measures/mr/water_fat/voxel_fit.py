"""The fit of voxels one by one, without regard to those around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.mr.water_fat.candidates import find_candidates
from bonecohort.measures.mr.water_fat.refine import lowest, refine

if TYPE_CHECKING:
    from bonecohort.measures.mr.water_fat.refine import Fit
    from bonecohort.measures.mr.water_fat.signal import ComplexArray, Echoes


def fit_voxels(signals: ComplexArray, echoes: Echoes) -> Fit:
    """Fit each voxel alone, from each of its minima, and keep the fit of the lowest residual.

    Parameters
    ----------
    signals
        Shape (voxels, n).
    """
    result = find_candidates(signals, echoes)
    fits = [
        refine(signals, echoes, field, rate)
        for field, rate in zip(result.field_hz.T, result.r2star.T, strict=True)
    ]
    residuals = np.array([fit.residual for fit in fits])
    residuals[~result.is_possible.T] = np.inf
    return lowest(fits, np.argmin(residuals, axis=0))
