"""One label of a map: the places of its voxels, and its mask on another image's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

SAME_VOXELS = 1e-6
"""Grids whose voxels lie so near each other, in voxels, are parts of one grid."""


def label_points_lps(volume: Volume, numbers: Iterable[int]) -> dict[int, FloatArray]:
    """Return, by label, the centres of its voxels in LPS mm, shape (n, 3); absent ones left out."""
    from scipy import ndimage  # reading a label map does without

    around = _around_labels(volume.array)
    start = [part.start for part in around]
    labelled = volume.array[around]
    boxes = dict(enumerate(ndimage.find_objects(labelled), start=1))
    points = {}
    for number in numbers:
        box = boxes.get(number)
        if box is not None:
            index = np.argwhere(labelled[box] == number) + [part.start for part in box] + start
            points[number] = volume.to_lps(index.astype(float))
    return points


def _around_labels(array: NDArray[Any]) -> tuple[slice, slice, slice]:
    """Return a box that holds all labels; it is as long as the array along its slowest axis.

    One maximum over all voxels takes a hundredth of the time of searching them for every label.
    """
    slowest = int(np.argmax(array.strides))
    is_labelled = array.max(axis=slowest, initial=0) > 0
    first, second = (_extent(is_labelled.any(axis=1 - axis)) for axis in range(2))
    parts = [first, second]
    parts.insert(slowest, slice(0, array.shape[slowest]))
    return parts[0], parts[1], parts[2]


def _extent(is_labelled: NDArray[np.bool_]) -> slice:
    """Return the labelled part of an axis; all of it where nothing is labelled."""
    places = np.flatnonzero(is_labelled)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, len(is_labelled))


def _cut(
    array: NDArray[Any], number: int, offset: NDArray[np.int_], shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Return where a label is within a box of its own map, which may reach beyond the map."""
    result = np.zeros(shape, dtype=bool)
    first = np.maximum(-offset, 0)
    last = np.minimum(np.array(array.shape) - offset, shape)
    if (last > first).all():
        ends = [*zip(first, last, offset, strict=True)]
        own = tuple(slice(start, stop) for start, stop, _ in ends)
        within = tuple(slice(start + step, stop + step) for start, stop, step in ends)
        result[own] = array[within] == number
    return result


def mask_on_grid(
    labels: Volume, number: int, affine_lps: FloatArray, shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    """Sample one label on another grid by the affines, nearest neighbour.

    ``affine_lps`` and ``shape`` define the grid; outside the label map there is no label.
    """
    to_label = np.linalg.inv(labels.affine_lps) @ affine_lps
    offset = np.rint(to_label[:3, 3])
    moved = np.eye(4)
    moved[:3, 3] = offset
    if np.allclose(to_label, moved, rtol=0, atol=SAME_VOXELS):
        return _cut(labels.array, number, offset.astype(int), shape)
    inside = np.ones(shape, dtype=bool)
    nearest = []
    for axis in range(3):
        parts = [to_label[axis, k] * np.arange(shape[k]) for k in range(3)]
        position = parts[0][:, None, None] + parts[1][None, :, None] + parts[2] + to_label[axis, 3]
        # Half-way points go up, always: rint would alternate and tear a regular grid.
        index = np.floor(position + 0.5).astype(np.intp)
        inside &= (index >= 0) & (index < labels.array.shape[axis])
        nearest.append(np.clip(index, 0, labels.array.shape[axis] - 1))
    result: NDArray[np.bool_] = (labels.array[tuple(nearest)] == number) & inside
    return result
