"""A vertebra resampled along its own axes, at 1 mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.images.volume import Volume
from bonecohort.measures.vertebra.surface import sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.vertebra.body import Body

STEP_MM = 1.0
SMOOTHING_MM = 1.0
"""SD of the Gaussian that smooths the label before it is cut off at one half."""
MARGIN_MM = 6.0
"""About the bone, for the caps."""
BEHIND_WALL_MM = 2.0
"""Bone further behind the body's wall at mid-height is of the posterior elements."""
BOX_VARIANCE = 1 / 12
"""Of the mean over a step, in steps squared."""


@dataclass(frozen=True)
class AlignedVertebra:
    """A vertebra on a grid of 1 mm along its own axes: left, posterior, superior.

    Attributes
    ----------
    hu
        Shape (nx, ny, nz).
    bone, body
        Whether a voxel is of the vertebra, and of its body; same shape.
    axes_lps
        The axes as columns, LPS, shape (3, 3).
    """

    hu: FloatArray
    bone: NDArray[np.bool_]
    body: NDArray[np.bool_]
    axes_lps: FloatArray


def aligned(ct: Volume, mask: NDArray[np.bool_], body: Body) -> AlignedVertebra:
    """Resample a vertebra along the axes of its body.

    Parameters
    ----------
    ct
        HU about the vertebra.
    mask
        The vertebra's label on the CT's grid.
    body
        Its body, which gives the axes.
    """
    sigma = SMOOTHING_MM / ct.spacing_mm
    smooth = ndimage.gaussian_filter(mask.astype(np.float32), sigma, mode="nearest")
    low, points = _grid(Volume(mask, ct.affine_lps), body)
    bone = sample(Volume(smooth, ct.affine_lps), points, 0.0) >= 0.5
    behind_mm = low[1] + STEP_MM * np.arange(bone.shape[1]) - body.depth_span_mm[1]
    in_front = (behind_mm <= BEHIND_WALL_MM)[:, None]
    return AlignedVertebra(_sampled_hu(ct, points), bone, bone & in_front, body.axes_lps)


def _grid(mask: Volume, body: Body) -> tuple[FloatArray, FloatArray]:
    """Return where a grid about a mask begins in the body's frame, and its points in LPS mm.

    Their shape is (nx, ny, nz, 3). The body lies in the middle of its voxels along each axis, so
    that as many voxels fit into it wherever it lies in the image.
    """
    result = mask.to_lps(np.argwhere(mask.array).astype(float)) - body.origin_lps_mm
    along = result @ body.axes_lps
    outermost = _outermost_mm(body)
    low = along.min(axis=0) - MARGIN_MM
    low = outermost - STEP_MM * np.ceil((outermost - low) / STEP_MM)
    counts = np.ceil((along.max(axis=0) + MARGIN_MM - low) / STEP_MM).astype(int) + 1
    steps = np.moveaxis(np.indices(counts, dtype=float), 0, -1)
    return low, body.to_lps(low + STEP_MM * steps)


def _outermost_mm(body: Body) -> FloatArray:
    """Return where the centre of the body's outermost voxel lies along each axis, shape (3,)."""
    spans = np.array([body.width_span_mm, body.depth_span_mm, (body.inferior_mm, body.superior_mm)])
    steps = np.rint(np.ptp(spans, axis=1) / STEP_MM)
    outermost: FloatArray = spans.mean(axis=1) + STEP_MM * (steps - 1) / 2
    return outermost


def _sampled_hu(ct: Volume, points_lps_mm: FloatArray) -> FloatArray:
    """Read the CT at points by cubic splines, voxels finer than a step averaged first.

    Beside a sharp edge splines leave the range of the values, which is not followed.
    """
    variance = BOX_VARIANCE * np.maximum(STEP_MM**2 - ct.spacing_mm**2, 0)
    sigma = np.sqrt(variance) / ct.spacing_mm
    values = ct.array.astype(np.float64)
    values = ndimage.gaussian_filter(values, sigma, mode="nearest") if sigma.any() else values
    index = np.moveaxis(ct.to_index(points_lps_mm), -1, 0)
    result: FloatArray = ndimage.map_coordinates(values, index, order=3, mode="nearest")
    return np.clip(result, values.min(), values.max(), out=result)
