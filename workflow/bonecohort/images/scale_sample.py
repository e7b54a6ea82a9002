"""What is looked at of a CT's voxels to judge their scale, gathered plane by plane.

A whole CT is large. Each plane is looked at once, when it has been read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.images.volume import spacing_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

BLOCK_MM = 5.0
LEAST_BLOCKS = 16
"""An image is never averaged to fewer blocks than this along an axis."""
MOST_SLABS = 40
"""Slabs of blocks that are looked at, evenly spread along the last axis."""
MOST_VOXELS = 4_000_000
"""Single voxels that are kept, evenly spread."""


class ScaleSample:
    """Means of blocks, single voxels, and the lowest and highest value of a volume.

    Parameters
    ----------
    shape
        Of the volume, ``(ni, nj, nk)``.
    affine_lps
        Of the volume, from voxel index to LPS mm; shape (4, 4).

    Attributes
    ----------
    lowest, highest
        Of all values that were added.
    """

    def __init__(self, shape: tuple[int, ...], affine_lps: FloatArray) -> None:
        wanted = np.maximum(np.rint(BLOCK_MM / spacing_mm(affine_lps)), 1).astype(int)
        size = np.minimum(wanted, np.maximum(np.array(shape) // LEAST_BLOCKS, 1))
        counts = np.array(shape) // size
        spread = np.linspace(0, counts[2] - 1, min(MOST_SLABS, counts[2]))
        slabs = sorted({int(slab) for slab in spread})
        self._block = [int(voxels) for voxels in size]
        self._counts = [int(count) for count in counts]
        self._slab_of_plane = {
            slab * int(size[2]) + at: number
            for number, slab in enumerate(slabs)
            for at in range(size[2])
        }
        self._strips = np.zeros((len(slabs), counts[1], counts[0] * size[0]), dtype=np.float32)
        self._step = 1 + math.prod(shape) // MOST_VOXELS
        self._voxels: dict[int, NDArray[Any]] = {}
        self.lowest, self.highest = math.inf, -math.inf

    def add(self, index: int, plane: NDArray[Any]) -> None:
        """Look at the plane of one index along k; shape ``(ni, nj)``. Each is added once."""
        self.lowest = min(self.lowest, float(plane.min()))
        self.highest = max(self.highest, float(plane.max()))
        flat = plane.ravel(order="F")
        self._voxels[index] = flat[-index * flat.size % self._step :: self._step].copy()
        if index not in self._slab_of_plane:
            return
        # Whole rows are added first: they lie together in memory, the voxels of a block do not.
        height = self._block[1]
        rows = plane.T[: self._counts[1] * height, : self._strips.shape[2]]
        parted = rows.reshape(self._counts[1], height, -1)
        self._strips[self._slab_of_plane[index]] += parted.sum(axis=1, dtype=np.float32)

    def block_means(self) -> FloatArray:
        """Return the means of blocks of about ``BLOCK_MM``, flat; of a long scan, of some slabs."""
        parted = self._strips.reshape(len(self._strips), -1, self._counts[0], self._block[0])
        means: FloatArray = parted.sum(axis=3).ravel().astype(np.float64) / math.prod(self._block)
        return means

    def voxels(self) -> NDArray[Any]:
        """Return single voxels in order, flat."""
        return np.concatenate([voxels for _, voxels in sorted(self._voxels.items())])


def sample_of(volume: Volume) -> ScaleSample:
    """Return the sample of a whole volume, shape ``(ni, nj, nk)``."""
    sample = ScaleSample(volume.voxels.shape, volume.affine_lps)
    for index, plane in enumerate(volume.planes()):
        sample.add(index, plane)
    return sample
