"""The voxels of a body that a relaxation time is measured in: with a signal, no outliers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.images.volume import Volume
from bonecohort.measures.mr.placement import LEAST_INSIDE, PARTLY_OUTSIDE, share_inside
from bonecohort.measures.mr.region import measured_region, surroundings
from bonecohort.measures.mr.values import LeastRegion, near_median, voxel_cm3

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import VertebralBody
    from bonecohort.techniques.t2.settings import T2Settings

LEAST_SPREAD = 0.02
"""Of the median, taken for the spread of voxels where that is smaller."""
MOST_OUTLIERS = 0.15


def region_voxels(
    stack: Volume, body: VertebralBody, settings: T2Settings
) -> tuple[FloatArray, dict[str, Any], list[str]]:
    """Return a body's voxels without outliers, shape (n, volumes), what they are, and flags.

    A voxel without a signal in the first volume is dropped, and one that is no number, or below 0,
    in any. A signal of 0 at a later echo is one of noise: without it the mean would be too high.

    Raises
    ------
    RegionFault
        Too few voxels are left.
    """
    volume = Volume(stack.array[..., 0], stack.affine_lps)
    region = measured_region(volume, body, settings.erosion_mm).array
    result = np.asarray(surroundings(stack, body).array[region], dtype=np.float64)
    result = result[np.all(np.isfinite(result) & (result >= 0), axis=1) & (result[:, 0] > 0)]
    LeastRegion(settings.min_voxels).check(len(result), voxel_cm3(stack))
    mean = result.mean(axis=1)
    near = near_median(mean, LEAST_SPREAD * float(np.median(mean)))
    left_out = float(1 - near.mean())
    flags = list(body.flags)
    inside = share_inside(stack, body)
    if inside < LEAST_INSIDE:
        flags.append(f"{PARTLY_OUTSIDE}: {100 * inside:.0f}% lie inside")
    if left_out > MOST_OUTLIERS:
        flags.append(f"outliers: {100 * left_out:.1f}% (limit {100 * MOST_OUTLIERS:g}%)")
    return result[near], {"n_voxels": int(near.sum()), "left_out": left_out}, flags
