"""Caps of bone cement (PMMA) on both ends of a vertebral body, with flat outer faces.

Crawford RP, Cann CE, Keaveny TM. Bone 2003;33:744-750.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEYOND_VOXELS = 4
"""The outer face lies so many voxels of 1 mm beyond the body's outermost layer."""
INTO_VOXELS = 6
"""A cap reaches at most so many voxels into the concavity of an endplate."""
LEAST_LAYER = 0.02
"""A layer is the outermost one when it has this part of the body's largest section.

The tip of a rim may fill a voxel of a further layer in one position of the vertebra and none in
another. It would change the height by a whole millimetre.
"""


@dataclass(frozen=True)
class Caps:
    """The caps of a vertebra.

    Attributes
    ----------
    voxels
        Whether a voxel is of a cap, indexed ``[x, y, z]``.
    bottom, top
        First layer of the lower cap and last one of the upper cap along z.
    """

    voxels: NDArray[np.bool_]
    bottom: int
    top: int


def caps_on(bone: NDArray[np.bool_], body: NDArray[np.bool_]) -> Caps:
    """Return the caps on a body, in the columns of its ends; bone is never overwritten.

    Parameters
    ----------
    bone, body
        Whether a voxel of 1 mm is of the vertebra, and of its body; indexed ``[x, y, z]``. The
        body's axis is z. There is room for the caps.
    """
    upper, top = _cap(body)
    lower, bottom = _cap(body[:, :, ::-1])
    voxels = (upper | lower[:, :, ::-1]) & ~bone
    return Caps(voxels, body.shape[2] - 1 - bottom, top)


def _cap(body: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int]:
    """Return the columns of the cap on a body's end along z, and the cap's outermost layer.

    They are those that end in the cap's reach, and the hollows among them.
    """
    layers = np.arange(body.shape[2])
    highest = np.where(body, layers, -1).max(axis=2)
    sections = body.sum(axis=(0, 1))
    extreme = int(np.flatnonzero(sections >= LEAST_LAYER * sections.max())[-1])
    footprint = ndimage.binary_fill_holes(highest >= extreme - INTO_VOXELS)
    top = extreme + BEYOND_VOXELS
    above = layers > np.maximum(highest, extreme - INTO_VOXELS)[:, :, None]
    return footprint[:, :, None] & above & (layers <= top), top
