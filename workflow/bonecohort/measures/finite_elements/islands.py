"""Parts of an image that carry no load: they are dropped, and reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.measures.finite_elements.mesh import BoolArray

ISLAND = 0.01
"""A part of fewer voxels than this fraction of the largest part's is an island."""


@dataclass(frozen=True)
class Loaded:
    """The part of an image that carries the load.

    Attributes
    ----------
    kept
        Whether a voxel is of it, indexed ``[x, y, z]``.
    bottom, top
        Its first and last slice along z.
    n_islands, n_dropped
        Parts that were dropped, and their voxels.
    """

    kept: BoolArray
    bottom: int
    top: int
    n_islands: int
    n_dropped: int


def loaded_part(solid: NDArray[Any]) -> Loaded:
    """Return the largest part whose voxels touch by faces, which must reach from end to end.

    Parameters
    ----------
    solid
        Whether there is material, indexed ``[x, y, z]``; the load acts along z.

    Raises
    ------
    DataFault
        There is no material, or the largest part does not reach from the first slice to the last
        one; islands do not count.
    """
    parts, sizes = _parts(solid)
    result = _largest(parts, sizes)
    counted = np.isin(parts, np.flatnonzero(sizes >= ISLAND * sizes.max())) & (parts > 0)
    bottom, top = _slices(counted)
    if (result.bottom, result.top) != (bottom, top):
        raise DataFault(
            f"The model has no load path: its largest connected part lies in the slices "
            f"{result.bottom + 1} to {result.top + 1}, its material in {bottom + 1} to {top + 1}. "
            "One part whose voxels touch by faces must reach from end to end."
        )
    return result


def largest_part(solid: NDArray[Any]) -> Loaded:
    """Return the largest part whose voxels touch by faces.

    Voxels that share an edge or a corner alone are hinges: they make the model nearly singular.

    Raises
    ------
    DataFault
        There is no material.
    """
    return _largest(*_parts(solid))


def _parts(solid: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the part of each voxel, 0 for none, and the parts' voxels; that of 0 is 0."""
    parts, n_parts = ndimage.label(solid)
    if not n_parts:
        raise DataFault("The model holds no material: there is no voxel with a stiffness.")
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return parts, sizes


def _largest(parts: NDArray[Any], sizes: NDArray[Any]) -> Loaded:
    largest = int(sizes.argmax())
    kept = parts == largest
    bottom, top = _slices(kept)
    return Loaded(kept, bottom, top, len(sizes) - 2, int(sizes.sum() - sizes[largest]))


def _slices(solid: BoolArray) -> tuple[int, int]:
    """Return the first and the last slice along z with material."""
    (result,) = np.nonzero(solid.any(axis=(0, 1)))
    return int(result[0]), int(result[-1])
