"""A scalar image with its place in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

FloatArray = NDArray[np.float64]


class UnreadVoxels(Protocol):
    """Voxels that lie in files, and are read when they are asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all voxels, ``(ni, nj, nk)``."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of all voxels."""

    @property
    def array(self) -> NDArray[Any]:
        """All voxels."""

    def planes(self) -> Iterator[NDArray[Any]]:
        """Yield one plane after another along k, each of shape ``(ni, nj)``."""


@dataclass(frozen=True)
class Volume:
    """A scalar image on a regular grid.

    Attributes
    ----------
    voxels
        Voxel values, shape ``(ni, nj, nk)``: an array, or what reads them. A stack of n volumes has
        shape ``(ni, nj, nk, n)``.
    affine_lps
        4 × 4 matrix from voxel index ``(i, j, k, 1)``, at voxel centres, to patient LPS mm
        (x to the patient's left, y to posterior, z to the head).
    """

    voxels: NDArray[Any] | UnreadVoxels
    affine_lps: FloatArray

    @cached_property
    def array(self) -> NDArray[Any]:
        """Voxel values, indexed ``array[i, j, k]``."""
        return self.voxels if isinstance(self.voxels, np.ndarray) else self.voxels.array

    def planes(self) -> Iterator[NDArray[Any]]:
        """Yield the voxels along the last axis; of unread ones no more than one plane is held."""
        if isinstance(self.voxels, np.ndarray):
            yield from np.moveaxis(self.voxels, -1, 0)
        else:
            yield from self.voxels.planes()

    @property
    def spacing_mm(self) -> FloatArray:
        """Distance between neighbouring voxel centres along i, j and k, in mm; shape (3,)."""
        return spacing_mm(self.affine_lps)

    def to_lps(self, indices: FloatArray) -> FloatArray:
        """Map voxel indices, shape (..., 3), to LPS mm, shape (..., 3)."""
        return mapped(self.affine_lps, indices)

    def to_index(self, points_lps_mm: FloatArray) -> FloatArray:
        """Map LPS mm, shape (..., 3), to fractional voxel indices, shape (..., 3)."""
        return mapped(np.linalg.inv(self.affine_lps), points_lps_mm)


def spacing_mm(affine_lps: FloatArray) -> FloatArray:
    """Return the distance between neighbouring voxel centres along i, j and k; shape (3,)."""
    spacing: FloatArray = np.linalg.norm(affine_lps[:3, :3], axis=0)
    return spacing


def mapped(affine: NDArray[np.floating[Any]], points: FloatArray) -> FloatArray:
    """Map points, shape (..., 3), by a 4 × 4 matrix; the result is laid out axis by axis.

    Laid out point by point, sums over many points take five times as long.
    """
    by_axis = affine[:3, :3] @ points.reshape(-1, 3).T
    by_axis += affine[:3, 3:]
    return np.moveaxis(by_axis.reshape(3, *points.shape[:-1]), 0, -1)
