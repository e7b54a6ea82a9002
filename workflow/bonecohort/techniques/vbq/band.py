"""Bands under the endplates of a vertebral body in one sagittal slice.

The body stands in the smallest rectangle about it. Its sides give the direction of the endplates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from bonecohort.measures.mr.region import ROUNDING_MM, depth_in_slices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

    BoolArray = NDArray[np.bool_]

Side = Literal["superior", "inferior"]
SIDES: tuple[Side, ...] = ("superior", "inferior")
MOST_TILT_DEG, STEP_DEG = 45, 1
HEAD = np.array([0.0, 0.0, 1.0])


def endplate_bands(
    body: Volume, axis: int, thickness_mm: float, width: float
) -> dict[Side, BoolArray]:
    """Return the masks of the bands under the superior and the inferior endplate.

    Parameters
    ----------
    body
        Mask of a body in one slice, shape (ni, nj, nk).
    axis
        Across the slices.
    thickness_mm
        How deep below the surface a band reaches.
    width
        Its width about the middle, as a fraction of the body's depth.
    """
    empty = np.zeros_like(body.array)
    bands = dict.fromkeys(SIDES, empty)
    index = np.argwhere(body.array)
    if not len(index):
        return bands
    depth_mm = depth_in_slices(body.array, body.spacing_mm, axis)[tuple(index.T)]
    back, up = body_directions(body, index, axis)
    middle_share = np.abs(_from_middle(back)) <= width / 2 * np.ptp(back) + ROUNDING_MM
    shallow = middle_share & (depth_mm <= thickness_mm + ROUNDING_MM)
    height = _from_middle(up)
    for side, on_side in zip(SIDES, (height > 0, height < 0), strict=True):
        band = empty.copy()
        band[tuple(index[shallow & on_side].T)] = True
        bands[side] = band
    return bands


def body_directions(
    body: Volume, index: NDArray[np.int_], axis: int
) -> tuple[FloatArray, FloatArray]:
    """Return where voxels lie along the body's depth and height, mm, shapes (n,).

    Of directions up to 45° from the patient's, those of the smallest rectangle are taken.

    Parameters
    ----------
    index
        Voxels of the body in one slice, shape (n, 3).
    """
    places = body.to_lps(index.astype(float))
    normal = np.linalg.svd(np.delete(body.affine_lps[:3, :3], axis, axis=1).T)[2][2]
    up = HEAD - (HEAD @ normal) * normal
    up /= np.linalg.norm(up)
    across = np.cross(normal, up)
    x, y = places @ across, places @ up
    angles = np.deg2rad(np.arange(-MOST_TILT_DEG, MOST_TILT_DEG + STEP_DEG, STEP_DEG))
    angles = angles[np.argsort(np.abs(angles), kind="stable")]  # of equals the least tilt
    areas = [np.ptp(a) * np.ptp(b) for a, b in (_turned(x, y, angle) for angle in angles)]
    return _turned(x, y, angles[int(np.argmin(areas))])


def _turned(x: FloatArray, y: FloatArray, angle: float) -> tuple[FloatArray, FloatArray]:
    cos, sin = np.cos(angle), np.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def _from_middle(values: FloatArray) -> FloatArray:
    """Return values from the middle of their range."""
    middle: FloatArray = values - (values.max() + values.min()) / 2
    return middle
