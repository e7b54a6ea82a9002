"""A scalar image with its place in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Volume:
    """A scalar image on a regular grid.

    Attributes
    ----------
    array
        Voxel values, shape ``(ni, nj, nk)``, indexed ``array[i, j, k]``. A stack of n volumes has
        shape ``(ni, nj, nk, n)``.
    affine_lps
        4 × 4 matrix from voxel index ``(i, j, k, 1)``, at voxel centres, to patient LPS mm
        (x to the patient's left, y to posterior, z to the head).
    """

    array: NDArray[Any]
    affine_lps: FloatArray

    @property
    def spacing_mm(self) -> FloatArray:
        """Distance between neighbouring voxel centres along i, j and k, in mm; shape (3,)."""
        spacing: FloatArray = np.linalg.norm(self.affine_lps[:3, :3], axis=0)
        return spacing

    def to_lps(self, indices: FloatArray) -> FloatArray:
        """Map voxel indices, shape (..., 3), to LPS mm, shape (..., 3)."""
        return mapped(self.affine_lps, indices)

    def to_index(self, points_lps_mm: FloatArray) -> FloatArray:
        """Map LPS mm, shape (..., 3), to fractional voxel indices, shape (..., 3)."""
        return mapped(np.linalg.inv(self.affine_lps), points_lps_mm)


def mapped(affine: NDArray[np.floating[Any]], points: FloatArray) -> FloatArray:
    """Map points, shape (..., 3), by a 4 × 4 matrix; the result is laid out axis by axis.

    Laid out point by point, sums over many points take five times as long.
    """
    by_axis = affine[:3, :3] @ points.reshape(-1, 3).T
    by_axis += affine[:3, 3:]
    return np.moveaxis(by_axis.reshape(3, *points.shape[:-1]), 0, -1)
