"""The voxels of a body that diffusion is measured in: inside it, with a signal, no outliers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.measures.mr.placement import LEAST_INSIDE, PARTLY_OUTSIDE, share_inside
from bonecohort.measures.mr.region import measured_region, surroundings
from bonecohort.measures.mr.values import LeastRegion, near_median, voxel_cm3

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.mr.bodies import VertebralBody
    from bonecohort.techniques.dwi.settings import DwiSettings

LEAST_SPREAD = 0.02
"""10⁻³ mm²/s, taken for the spread of voxels where that is smaller."""
MOST_DROPPED = 0.05


@dataclass(frozen=True)
class RegionSignals:
    """The kept voxels of a body.

    Attributes
    ----------
    adc
        Of each voxel, 10⁻³ mm²/s, shape (n,).
    signals
        Shape (n, number of b values); of a map shape (n, 0).
    volume_cm3
        Of the voxels kept.
    left_out
        Fraction of the voxels with a signal that are outliers.
    inside_image
        Fraction of the labelled body that lies in the image.
    flags
        What is odd about them.
    """

    adc: FloatArray
    signals: FloatArray
    volume_cm3: float
    left_out: float
    inside_image: float
    flags: tuple[str, ...]


def region_signals(
    adc: Volume, images: Volume | None, body: VertebralBody, settings: DwiSettings
) -> RegionSignals:
    """Return a body's voxels.

    A voxel without a signal above 0 in every image is dropped, and one whose ADC is an outlier
    left out. A vendor's map has 0 where no ADC was computed: such a voxel is dropped, too.

    Parameters
    ----------
    adc
        In 10⁻³ mm²/s, NaN where a signal is 0; shape (ni, nj, nk).
    images
        Of the same grid, shape (ni, nj, nk, n); None for a vendor's map.

    Raises
    ------
    RegionFault
        Too few voxels are left.
    """
    region = measured_region(adc, body, settings.erosion_mm)
    box = surroundings(adc, body)
    result = np.asarray(box.array[region.array], dtype=np.float64)
    if images is None:
        signals = np.empty((len(result), 0))
        has_signal = result != 0
    else:
        signals = surroundings(images, body).array[region.array].astype(np.float64)
        has_signal = np.all(signals > 0, axis=1)
    valid = np.isfinite(result) & has_signal
    LeastRegion(settings.min_voxels).check(int(valid.sum()), voxel_cm3(box))
    near = near_median(result[valid], LEAST_SPREAD)
    kept = RegionSignals(
        adc=result[valid][near],
        signals=signals[valid][near],
        volume_cm3=float(near.sum()) * voxel_cm3(box),
        left_out=float(1 - near.mean()),
        inside_image=share_inside(adc, body),
        flags=body.flags,
    )
    more = _flags(kept, float(1 - valid.mean()), settings.max_outlier_fraction)
    return replace(kept, flags=(*kept.flags, *more))


def _flags(kept: RegionSignals, dropped: float, most_outliers: float) -> list[str]:
    flags = []
    if kept.inside_image < LEAST_INSIDE:
        flags.append(f"{PARTLY_OUTSIDE}: {100 * kept.inside_image:.0f}% lie inside")
    if dropped > MOST_DROPPED:
        flags.append(f"no_signal: {100 * dropped:.0f}% (limit {100 * MOST_DROPPED:g}%)")
    if kept.left_out > most_outliers:
        flags.append(f"outliers: {100 * kept.left_out:.1f}% (limit {100 * most_outliers:g}%)")
    return flags
