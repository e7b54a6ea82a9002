"""Which voxels of an MR map are measured: those well inside a vertebral body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.annotations.labels.on_grid import mask_on_grid
from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.surface import AROUND_MM, FAR_MM, cut, sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import Bodies, VertebralBody

    BoolArray = NDArray[np.bool_]

SAME_SPACING = 0.999
ROUNDING_MM = 1e-6
ACROSS_SLICES_MM = 1e6
"""Stands for the spacing of slices where a distance is to stay within one."""


def measured_region(image: Volume, body: VertebralBody, erosion_mm: float) -> Volume:
    """Return the mask of a body's inside on the image's grid, cut to the body's surroundings.

    Parameters
    ----------
    image
        Any image of the patient; its values are not looked at.
    erosion_mm
        See :func:`eroded`.
    """
    inside = whole_region(image, body)
    return Volume(eroded(inside.array, inside.spacing_mm, erosion_mm), inside.affine_lps)


def measured_regions(image: Volume, bodies: Bodies, erosion_mm: float) -> dict[str, Volume]:
    """Return the region of each body that there is, by level; see :func:`measured_region`."""
    return {
        level: measured_region(image, body, erosion_mm)
        for level, body in bodies.items()
        if not isinstance(body, str)
    }


def region_mask(image: Volume, bodies: Bodies, erosion_mm: float) -> BoolArray:
    """Return the mask of all bodies' regions on an image's grid, shape (ni, nj, nk)."""
    inside = np.zeros(image.array.shape, dtype=bool)
    for region in measured_regions(image, bodies, erosion_mm).values():
        index = np.argwhere(region.array)
        if len(index):
            placed = np.rint(image.to_index(region.to_lps(index.astype(float)))).astype(int)
            inside[tuple(placed.T)] = True
    return inside


def whole_region(image: Volume, body: VertebralBody) -> Volume:
    """Return the mask of a whole body, as :func:`measured_region` does without erosion."""
    box = surroundings(image, body)
    shape = box.array.shape
    inside = mask_on_grid(body.bone, True, box.affine_lps, shape)
    places = box.to_lps(np.moveaxis(np.indices(shape, dtype=float), 0, -1))
    inside &= sample(body.reach, places, -FAR_MM) > 0
    return Volume(inside, box.affine_lps)


def surroundings(image: Volume, body: VertebralBody) -> Volume:
    """Cut the surroundings of a body out of an image."""
    return cut(image, image.to_index(body.points_lps_mm), AROUND_MM)


def eroded(inside: BoolArray, spacing_mm: FloatArray, depth_mm: float) -> BoolArray:
    """Keep the voxels whose centre lies at least a depth below the surface of a region.

    In the plane of the slices the depth is measured within each slice. Along the other axis as
    many slices are left out at either end as have their centre nearer to it than the depth, at
    least one. Where the grid ends, the region ends.

    Parameters
    ----------
    inside
        The region, shape (ni, nj, nk).
    spacing_mm
        Of the grid, shape (3,). The slices lie along its coarsest axis, along the last of
        several as coarse.
    depth_mm
        Least depth.
    """
    axis = slice_axis(spacing_mm)
    kept = depth_in_slices(inside, spacing_mm, axis) >= depth_mm - ROUNDING_MM
    left_out = max(1, int(np.ceil(depth_mm / spacing_mm[axis] - 0.5 - ROUNDING_MM)))
    # Where a slice ends first, only that column of voxels ends.
    ends = ndimage.minimum_filter1d(
        np.pad(inside, 1), 2 * left_out + 1, axis=axis, mode="constant", cval=False
    )
    result: BoolArray = kept & ends[1:-1, 1:-1, 1:-1]
    return result


def depth_in_slices(inside: BoolArray, spacing_mm: FloatArray, axis: int) -> FloatArray:
    """Return how deep each voxel's centre lies below the surface within its slice, in mm.

    It is negative outside the region. Where the grid ends, the region ends.

    Parameters
    ----------
    inside
        The region, shape (ni, nj, nk).
    spacing_mm
        Of the grid, shape (3,).
    axis
        Across the slices.
    """
    within_slice = spacing_mm.copy()
    within_slice[axis] = ACROSS_SLICES_MM
    distance_mm = ndimage.distance_transform_edt(np.pad(inside, 1), sampling=within_slice)
    depth_mm: FloatArray = distance_mm - np.delete(spacing_mm, axis).min() / 2
    return depth_mm[1:-1, 1:-1, 1:-1]


def slice_axis(spacing_mm: FloatArray) -> int:
    """Return the axis across the slices: the coarsest, the last of several as coarse."""
    return int(np.flatnonzero(spacing_mm >= SAME_SPACING * spacing_mm.max())[-1])
