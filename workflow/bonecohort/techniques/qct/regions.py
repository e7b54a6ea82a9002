"""HU of a label map's regions on a CT: rods without their rims, and tissue samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.annotations.labels.on_grid import label_points_lps, mask_on_grid
from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume, mapped

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

ERODED_VOXELS, ERODED_MM = 2.0, 2.0
"""The rim of a rod that is left out in the plane of the slices, whichever is more."""
FAR_MM, TOUCHING_MM = 1e6, 1e-6
"""Slices are taken to be so far apart that a voxel's nearest border lies in its own."""
MOST_OUTSIDE = 0.01
MARGIN_VOXELS = 1


@dataclass(frozen=True)
class Region:
    """One label on a CT's grid, cut to its surroundings.

    Attributes
    ----------
    mask
        Where it is, shape (ni, nj, nk).
    hu
        The CT there, same shape.
    start
        Index of the cut's first voxel in the CT.
    slice_axis
        Axis of the slices: that which runs most along the body.
    affine_lps
        From an index of the cut to LPS mm, shape (4, 4).
    depth_mm
        Distance from the border before the rim was left out, in the plane of the slices; same shape
        as ``mask``. None of a region with its rim.
    """

    mask: BoolArray
    hu: FloatArray
    start: tuple[int, int, int]
    slice_axis: int
    affine_lps: FloatArray
    depth_mm: FloatArray | None = None

    @property
    def place(self) -> Volume:
        """The mask with its place in the patient."""
        return Volume(self.mask, self.affine_lps)

    @property
    def values(self) -> FloatArray:
        """HU of its voxels, shape (n,)."""
        return np.asarray(self.hu[self.mask], dtype=np.float64)

    @property
    def outer_and_inner(self) -> tuple[FloatArray, FloatArray]:
        """HU of the half of its voxels that is nearer the border, and of the others."""
        if self.depth_mm is None:
            raise ValueError("a region with its rim has no depth")
        depth_mm, values = self.depth_mm[self.mask], self.values
        is_outer = depth_mm <= np.median(depth_mm)
        return values[is_outer], values[~is_outer]

    @property
    def slices(self) -> set[int]:
        """Numbers of the CT's slices that it lies in."""
        across = tuple(axis for axis in range(3) if axis != self.slice_axis)
        inside = np.flatnonzero(self.mask.any(axis=across))
        return {int(one) + self.start[self.slice_axis] for one in inside}

    @property
    def largest_area_mm2(self) -> float:
        """Its area in the slice where it is largest."""
        across = tuple(axis for axis in range(3) if axis != self.slice_axis)
        pixel_mm2 = float(np.prod(self.place.spacing_mm[list(across)]))
        return float(self.mask.sum(axis=across).max()) * pixel_mm2


def slice_axis(ct: Volume) -> int:
    """Return the axis of a CT that runs most along the body."""
    return int(np.abs(ct.affine_lps[2, :3] / ct.spacing_mm).argmax())


def regions_of(ct: Volume, labels: Volume, names: Mapping[int, str]) -> dict[int, Region]:
    """Return labels on the CT's grid, by nearest neighbour.

    Parameters
    ----------
    ct, labels
        Image and label map, each on its own grid.
    names
        What faults call each label: "Rod 3".

    Raises
    ------
    DataFault
        A label is absent, or lies outside the image, be it in part in the plane of the slices.
    """
    points = label_points_lps(labels, names)
    absent = [called for number, called in names.items() if number not in points]
    if absent:
        raise DataFault(f"{' and '.join(absent)} is absent from the label map.")
    return {
        number: _region(ct, labels, number, ct.to_index(points[number]), called)
        for number, called in names.items()
    }


def _region(ct: Volume, labels: Volume, number: int, places: FloatArray, called: str) -> Region:
    """Return one label, whose voxels lie at places of the CT (voxel index, shape (n, 3))."""
    shape, axis = np.array(ct.array.shape), slice_axis(ct)
    is_inside = (places >= -0.5) & (places <= shape - 0.5)
    in_slices = is_inside[:, axis]
    if not in_slices.any() or not is_inside[in_slices].all(axis=1).any():
        raise DataFault(f"{called} lies outside the CT.")
    outside = 1 - float(is_inside[in_slices].all(axis=1).mean())
    if outside > MOST_OUTSIDE:
        raise DataFault(
            f"{called} lies outside the CT in part, {100 * outside:.0f}%; a region that is cut off "
            "is not measured."
        )
    # A coarse label reaches half of its own voxels beyond their centres.
    reach = MARGIN_VOXELS + np.ceil(labels.spacing_mm.max() / ct.spacing_mm / 2)
    start = np.clip(np.floor(places.min(axis=0) - reach), 0, shape).astype(int)
    stop = np.clip(np.ceil(places.max(axis=0) + reach) + 1, 0, shape).astype(int)
    affine = ct.affine_lps.copy()
    affine[:3, 3] = mapped(ct.affine_lps, start.astype(float))
    i, j, k = (int(size) for size in stop - start)
    mask = mask_on_grid(labels, number, affine, (i, j, k))
    if not mask.any():
        raise DataFault(f"{called} is too small for the CT's voxels.")
    cut = ct.array[tuple(slice(one, other) for one, other in zip(start, stop, strict=True))]
    first, second, third = (int(one) for one in start)
    return Region(mask, np.asarray(cut, float), (first, second, third), axis, affine)


def without_rim(region: Region) -> Region:
    """Return a region eroded in the plane of its slices by 2 voxels, or 2 mm if more."""
    across = [axis for axis in range(3) if axis != region.slice_axis]
    spacing = region.place.spacing_mm.copy()
    rim_mm = max(ERODED_MM, ERODED_VOXELS * float(spacing[across].max()))
    spacing[region.slice_axis] = FAR_MM
    around = [(1, 1) if axis in across else (0, 0) for axis in range(3)]
    depth_mm = ndimage.distance_transform_edt(np.pad(region.mask, around), sampling=spacing)
    inner = tuple(slice(1, -1) if axis in across else slice(None) for axis in range(3))
    kept = depth_mm[inner]
    return replace(region, mask=kept > rim_mm + TOUCHING_MM, depth_mm=kept)


def in_slices(region: Region, slices: Collection[int]) -> Region:
    """Return the part of a region that lies in some of the CT's slices, cut to their range."""
    axis = region.slice_axis
    numbers = np.arange(region.mask.shape[axis]) + region.start[axis]
    is_wanted = np.isin(numbers, sorted(slices))
    wanted = np.flatnonzero(is_wanted)
    first, last = (int(wanted[0]), int(wanted[-1])) if len(wanted) else (0, 0)
    kept = tuple(slice(first, last + 1) if one == axis else slice(None) for one in range(3))
    offset = [first if one == axis else 0 for one in range(3)]
    affine = region.affine_lps.copy()
    affine[:3, 3] = mapped(region.affine_lps, np.array(offset, float))
    i, j, k = (one + other for one, other in zip(region.start, offset, strict=True))
    shape = tuple(-1 if one == axis else 1 for one in range(3))
    return Region(
        (region.mask & is_wanted.reshape(shape))[kept], region.hu[kept], (i, j, k), axis, affine
    )
