"""Parts of an image that carry no load: they are dropped, and told."""

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
    """Return the largest part whose voxels touch by faces, from end to end.

    Voxels that share an edge or a corner alone are hinges: they make the model nearly singular.

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
    parts, n_parts = ndimage.label(solid)
    if not n_parts:
        raise DataFault("The model holds no material: there is no voxel with a stiffness.")
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    largest = int(sizes.argmax())
    counted = np.isin(parts, np.flatnonzero(sizes >= ISLAND * sizes[largest])) & (parts > 0)
    bottom, top = _slices(counted)
    kept = parts == largest
    own_bottom, own_top = _slices(kept)
    if (own_bottom, own_top) != (bottom, top):
        raise DataFault(
            f"The model has no load path: its largest connected part lies in the slices "
            f"{own_bottom + 1} to {own_top + 1}, its material in {bottom + 1} to {top + 1}. One "
            f"part whose voxels touch by faces must reach from end to end."
        )
    return Loaded(kept, bottom, top, n_parts - 1, int(sizes.sum() - sizes[largest]))


def _slices(solid: BoolArray) -> tuple[int, int]:
    """Return the first and the last slice along z with material."""
    (found,) = np.nonzero(solid.any(axis=(0, 1)))
    return int(found[0]), int(found[-1])
