"""The regions that signals are read in: marrow, fluid beside a body, bands under its endplates.

All lie on the mid-sagittal slice and, but the bands, on its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.annotations.labels.on_grid import mask_on_grid
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.region import ROUNDING_MM, depth_in_slices, whole_region
from bonecohort.techniques.vbq.band import Side, endplate_bands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.measures.mr.bodies import VertebralBody

    BoolArray = NDArray[np.bool_]

BESIDE = 1
"""Slices on either side of the mid-sagittal one."""


@dataclass(frozen=True)
class Slab:
    """The mid-sagittal slice of an image and its neighbours.

    Attributes
    ----------
    image
        The slices, shape (ni, nj, nk).
    axis
        Across the slices.
    middle
        Index of the mid-sagittal slice along it.
    """

    image: Volume
    axis: int
    middle: int

    def only_middle(self, mask: BoolArray) -> BoolArray:
        """Return a mask without what lies beside the mid-sagittal slice."""
        kept = np.zeros_like(mask)
        index = [slice(None)] * 3
        index[self.axis] = slice(self.middle, self.middle + 1)
        kept[tuple(index)] = mask[tuple(index)]
        return kept


def mid_sagittal(image: Volume, bodies: Sequence[VertebralBody]) -> Slab:
    """Return the slices nearest to the median of the bodies' middles.

    Raises
    ------
    DataFault
        The bodies lie outside the image.
    """
    axis = int(np.argmax(np.abs(image.affine_lps[0, :3]) / image.spacing_mm))
    centres = image.to_index(np.array([body.centre_lps_mm for body in bodies]))
    middle = int(np.floor(np.median(centres[:, axis]) + 0.5))
    count = image.array.shape[axis]
    if not 0 <= middle < count:
        raise DataFault(
            "The middle of the labelled vertebral bodies lies outside the T1-weighted image; is "
            "the label map of the same session?"
        )
    first, last = max(0, middle - BESIDE), min(count, middle + BESIDE + 1)
    index = [slice(None)] * 3
    index[axis] = slice(first, last)
    affine = image.affine_lps.copy()
    affine[:3, 3] += first * affine[:3, axis]
    return Slab(Volume(image.array[tuple(index)], affine), axis, middle - first)


def marrow_region(slab: Slab, body: VertebralBody, erosion_mm: float) -> BoolArray:
    """Return the mask of a body's marrow, of the slab's shape.

    Parameters
    ----------
    erosion_mm
        Least distance from the body's surface within a slice.
    """
    depth_mm = depth_in_slices(_body(slab, body), slab.image.spacing_mm, slab.axis)
    inside: BoolArray = depth_mm >= max(erosion_mm, 0.0) - ROUNDING_MM
    return inside & (depth_mm > 0)


def fluid_region(slab: Slab, canal: Volume, body: VertebralBody, erosion_mm: float) -> BoolArray:
    """Return the mask of the fluid in the rows of a body, of the slab's shape.

    Beside the mid-sagittal slice, voxels count whose neighbours across the slices are of the
    canal, too: a thick slice at the canal's side holds fat and nerve roots.

    Parameters
    ----------
    canal
        Mask of the canal without the cord, on any grid.
    erosion_mm
        Least distance from the canal's border within a slice.
    """
    wide = _widened(slab)
    result = mask_on_grid(canal, True, wide.affine_lps, _shape(wide))
    depth_mm = depth_in_slices(result, wide.spacing_mm, slab.axis)
    deep = (depth_mm >= erosion_mm - ROUNDING_MM) & result
    flanked = ndimage.minimum_filter1d(result, 3, axis=slab.axis, mode="constant", cval=False)
    own = [slice(None)] * 3
    own[slab.axis] = slice(1, -1)
    deep, flanked = deep[tuple(own)], flanked[tuple(own)]
    region = (deep & flanked) | slab.only_middle(deep)
    return region & _rows_of(slab, body)


def band_regions(
    slab: Slab, body: VertebralBody, thickness_mm: float, width: float
) -> dict[Side, BoolArray]:
    """Return the masks of the bands under both endplates on the mid-sagittal slice."""
    within = slab.only_middle(_body(slab, body))
    return endplate_bands(Volume(within, slab.image.affine_lps), slab.axis, thickness_mm, width)


def _body(slab: Slab, body: VertebralBody) -> BoolArray:
    """Return the mask of a whole body, of the slab's shape."""
    whole = np.zeros(_shape(slab.image), dtype=bool)
    part = whole_region(slab.image, body)
    index = np.argwhere(part.array)
    if len(index):
        places = slab.image.to_index(part.to_lps(index.astype(float)))
        whole[tuple(np.rint(places).astype(int).T)] = True
    return whole


def _rows_of(slab: Slab, body: VertebralBody) -> BoolArray:
    """Return the voxels between the highest and the lowest row of a body, of the slab's shape."""
    affine = slab.image.affine_lps
    axis = int(np.argmax(np.abs(affine[2, :3]) / slab.image.spacing_mm))
    rows = np.flatnonzero(_body(slab, body).any(axis=tuple({0, 1, 2} - {axis})))
    result = np.zeros(_shape(slab.image), dtype=bool)
    if len(rows):
        index = [slice(None)] * 3
        index[axis] = slice(rows[0], rows[-1] + 1)
        result[tuple(index)] = True
    return result


def _widened(slab: Slab) -> Volume:
    """Return the grid with one slice more on either side; it holds no values."""
    shape = list(_shape(slab.image))
    shape[slab.axis] += 2
    affine = slab.image.affine_lps.copy()
    affine[:3, 3] -= affine[:3, slab.axis]
    return Volume(np.zeros(shape, dtype=bool), affine)


def _shape(image: Volume) -> tuple[int, int, int]:
    i, j, k = image.array.shape
    return i, j, k
