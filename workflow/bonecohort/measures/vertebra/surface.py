"""The surface of a labelled bone: its voxels as one part, and distances from their outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

FAR_MM = 50.0
"""Stands for any distance from a point that lies off the grid."""
AROUND_MM = 4.0
"""Margin of the boxes that distances are computed in."""
SMOOTHING_MM = 1.0
SMOOTHING_VOXELS = 0.7
PART_FRACTION = 0.3
"""A second part of the label larger than this fraction of the first is a second bone."""


def sample(volume: Volume, points_lps_mm: FloatArray, outside: float) -> FloatArray:
    """Read a volume at points in LPS mm, shape (..., 3), linearly; ``outside`` off its grid."""
    return sample_index(volume, volume.to_index(points_lps_mm), outside)


def sample_index(volume: Volume, index: FloatArray, outside: float) -> FloatArray:
    """Read a volume at fractional voxel indices, shape (..., 3), as :func:`sample` does."""
    values: FloatArray = ndimage.map_coordinates(
        volume.array,
        np.moveaxis(index, -1, 0),
        output=np.float64,
        order=1,
        mode="constant",
        cval=outside,
    )
    return values


def cut(volume: Volume, index: FloatArray, margin_mm: float) -> Volume:
    """Cut out the box around voxel indices, shape (n, 3), widened by a margin where it can be."""
    corners = index.min(axis=0), index.max(axis=0)
    reach = np.ceil(margin_mm / volume.spacing_mm) + 1
    shape = np.asarray(volume.array.shape[:3])
    low = np.clip(np.floor(corners[0]) - reach, 0, shape - 1).astype(int)
    high = np.clip(np.ceil(corners[1]) + reach + 1, 1, shape).astype(int)
    affine = volume.affine_lps.copy()
    affine[:3, 3] = volume.to_lps(low.astype(float))
    box = tuple(slice(start, stop) for start, stop in zip(low, high, strict=True))
    return Volume(volume.array[box], affine)


def largest_part(mask: Volume) -> Volume:
    """Return the largest connected part of a mask, cut to its bounding box and a margin.

    Raises
    ------
    DataFault
        The mask is empty, or a second part is nearly as large: the label covers two bones.
    """
    result = np.argwhere(mask.array).astype(float)
    if not len(result):
        message = "The label of the vertebra is empty."
        raise DataFault(message)
    box = cut(mask, result, AROUND_MM)
    parts, count = ndimage.label(box.array, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())[1:]
    if count > 1 and np.sort(sizes)[-2] > PART_FRACTION * sizes.max():
        message = (
            f"The label falls into parts of like size ({sizes.max()} and "
            f"{np.sort(sizes)[-2]} voxels): it must cover one vertebra."
        )
        raise DataFault(message)
    return Volume(parts == sizes.argmax() + 1, box.affine_lps)


def thinned(mask: Volume, step_mm: float) -> Volume:
    """Keep every second (third …) voxel where they are finer than a step."""
    steps = np.maximum(np.floor(step_mm / mask.spacing_mm), 1).astype(int)
    affine = mask.affine_lps @ np.diag([*steps.astype(float), 1.0])
    return Volume(mask.array[:: steps[0], :: steps[1], :: steps[2]], affine)


def signed_distance(mask: Volume) -> Volume:
    """Return the distance to a mask's surface in mm, positive inside, by the real spacing.

    Holes are filled first. The surface lies midway between a voxel inside and one outside, so
    half a voxel (its least edge) is taken off the distance between their centres.
    """
    filled = without_holes(mask.array)
    distance = ndimage.distance_transform_edt(filled, sampling=mask.spacing_mm)
    distance -= ndimage.distance_transform_edt(~filled, sampling=mask.spacing_mm)
    distance -= np.sign(distance) * mask.spacing_mm.min() / 2
    return Volume(distance, mask.affine_lps)


def without_holes(mask: BoolArray) -> BoolArray:
    """Fill what no path along voxel faces joins to the outside."""
    parts, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    filled: BoolArray = parts[1:-1, 1:-1, 1:-1] != parts[0, 0, 0]
    return filled


def smoothed_surface(surface: Volume) -> Volume:
    """Smooth a signed distance, which rounds off a label's stairs and one-voxel notches.

    A flat surface stays where it is.
    """
    sigma = np.maximum(SMOOTHING_MM / surface.spacing_mm, SMOOTHING_VOXELS)
    return Volume(ndimage.gaussian_filter(surface.array, sigma, mode="nearest"), surface.affine_lps)
