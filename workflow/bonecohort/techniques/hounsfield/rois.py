"""Read the CT on an oblique plane, leave out what is not trabecular bone, and describe the rest.

The rule for leaving out (bone islands, sclerosis, vessels). A point is *far* when it differs from
the region's median by more than four robust standard deviations (1.4826 × median absolute
deviation) and by more than 20 HU. Noise is not far after smoothing over a millimetre. A point is
left out when it is far without smoothing, and at or beside a point that is far after smoothing. One
sample around it is left out too. Medians and deviations are taken again of what is left until
nothing changes. The rule is the same upwards and downwards, so that noise alone moves no mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.faults import DataFault
from bonecohort.measures.vertebra.surface import sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

    BoolArray = NDArray[np.bool_]

LARGEST_STEP_MM = 1.0
SLAB_STEP_MM = 0.6
SMOOTHING_MM = 1.0
SURROUND_MM = 4.0
"""How much of the plane around the region is read, for smoothing at its rim."""
OUTLIER_SDS = 4.0
MAD_TO_SD = 1.4826
LEAST_OUTLIER_HU = 20.0
MOST_PASSES = 20
PADDING_HU = -900.0
METAL_HU = 2000.0


@dataclass(frozen=True)
class PlaneSamples:
    """HU on a plane.

    Attributes
    ----------
    u_mm, v_mm
        Places along the plane's two axes from its origin, shapes (nu,) and (nv,).
    hu
        Mean over the slab, shape (nu, nv); NaN outside the image.
    lowest_hu, highest_hu
        Extremes over the slab, shape (nu, nv).
    voxel
        Voxel index nearest to each point of the middle of the slab, shape (nu, nv, 3).
    """

    u_mm: FloatArray
    v_mm: FloatArray
    hu: FloatArray
    lowest_hu: FloatArray
    highest_hu: FloatArray
    voxel: NDArray[np.int_]

    @property
    def step_mm(self) -> float:
        """Distance between neighbouring samples."""
        return float(self.u_mm[1] - self.u_mm[0])


@dataclass(frozen=True)
class RoiStatistics:
    """What a region of interest holds.

    ``hu``, ``sd_hu`` and ``median_hu`` are of what is kept, ``whole_hu`` is the mean of all and
    ``highest_hu`` the highest voxel of all.
    ``n_voxels`` counts voxels of the CT, each once: those nearest to the samples kept on the
    plane. On a native slice it is the number of pixels in the region; on an oblique plane, of
    the voxels it passes through. Samples are interpolated and finer than that, and are not
    counted. ``sd_hu`` is over samples, so interpolation and slab lower the noise in it.
    """

    hu: float
    sd_hu: float
    median_hu: float
    whole_hu: float
    n_voxels: int
    excluded_fraction: float
    highest_hu: float

    @property
    def holds_metal(self) -> bool:
        """Whether a value of the region is as high as metal."""
        return self.highest_hu > METAL_HU


def read_plane(
    ct: Volume,
    origin_lps_mm: FloatArray,
    axes_lps: FloatArray,
    half_extent_mm: tuple[float, float],
    slab_half_mm: float,
) -> PlaneSamples:
    """Sample a CT on a plane by linear interpolation, averaging over a slab.

    Parameters
    ----------
    ct
        HU.
    origin_lps_mm
        Centre of the plane, LPS mm, shape (3,).
    axes_lps
        Unit vectors along the plane (two) and its normal, as columns, shape (3, 3).
    half_extent_mm
        How far to read along both axes; ``SURROUND_MM`` is added.
    slab_half_mm
        How far to both sides of the plane to average.
    """
    step = min(LARGEST_STEP_MM, float(ct.spacing_mm.min()))
    counts = [int(np.ceil((extent + SURROUND_MM) / step)) for extent in half_extent_mm]
    u, v = (step * np.arange(-count, count + 1, dtype=np.float64) for count in counts)
    layers = 1 + 2 * int(np.ceil(slab_half_mm / SLAB_STEP_MM))
    # Midpoints of equal parts of the slab, so that the mean over layers is its mean.
    w = ((np.arange(layers) + 0.5) / layers * 2 - 1) * slab_half_mm
    points = np.stack(np.meshgrid(u, v, w, indexing="ij"), axis=-1) @ axes_lps.T + origin_lps_mm
    hu = sample(ct, points, np.nan)
    return PlaneSamples(
        u_mm=u,
        v_mm=v,
        hu=hu.mean(axis=2),
        lowest_hu=hu.min(axis=2),
        highest_hu=hu.max(axis=2),
        voxel=np.floor(ct.to_index(points[:, :, layers // 2]) + 0.5).astype(int),
    )


def outliers(plane: PlaneSamples, region: BoolArray) -> BoolArray:
    """Return which points of a region are left out by the rule of this module, shape (nu, nv)."""
    smooth = smoothed(plane)
    near = np.ones((3, 3), dtype=bool)
    left_out = np.zeros_like(region)
    for _ in range(MOST_PASSES):
        kept = region & ~left_out
        if not kept.any():
            break
        seeds = far_from_median(smooth, kept) & region
        sharp = far_from_median(plane.hu, kept) & region
        around = ndimage.binary_dilation(seeds, near)
        result: BoolArray = ndimage.binary_dilation(sharp & around, near) & region
        if np.array_equal(result, left_out):
            break
        left_out = result
    return left_out


def smoothed(plane: PlaneSamples) -> FloatArray:
    """Return the plane's HU smoothed by a Gaussian of ``SMOOTHING_MM``, without what is unknown."""
    known = np.isfinite(plane.hu)
    sigma = SMOOTHING_MM / plane.step_mm
    weight = ndimage.gaussian_filter(known.astype(float), sigma)
    values = ndimage.gaussian_filter(np.where(known, plane.hu, 0.0), sigma)
    smooth: FloatArray = np.divide(values, weight, out=np.zeros_like(values), where=weight > 0)
    return smooth


def far_from_median(hu: FloatArray, kept: BoolArray) -> BoolArray:
    """Return where HU are far from the median of the points kept, in units of their spread."""
    median = np.median(hu[kept])
    spread = MAD_TO_SD * np.median(np.abs(hu[kept] - median))
    far: BoolArray = np.abs(hu - median) > max(OUTLIER_SDS * spread, LEAST_OUTLIER_HU)
    return far


def describe(
    name: str, plane: PlaneSamples, region: BoolArray, left_out: BoolArray
) -> RoiStatistics:
    """Return the statistics of a region without what is left out; ``name`` is for messages.

    Raises
    ------
    DataFault
        The region is empty, reaches outside the image, or into padding or air.
    """
    if not region.any():
        raise DataFault(f"The {name} region is too small to hold a sample of the CT.")
    if not np.isfinite(plane.hu[region]).all():
        raise DataFault(f"The {name} region lies partly outside the CT.")
    lowest = float(plane.lowest_hu[region].min())
    if lowest < PADDING_HU:
        raise DataFault(f"The {name} region holds {lowest:.0f} HU: padding, gas or air, not bone.")
    kept = region & ~left_out
    values = plane.hu[kept]
    if not values.size:
        raise DataFault(f"All of the {name} region was left out as not trabecular bone.")
    return RoiStatistics(
        hu=float(values.mean()),
        sd_hu=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        median_hu=float(np.median(values)),
        whole_hu=float(plane.hu[region].mean()),
        n_voxels=len(np.unique(plane.voxel[kept], axis=0)),
        excluded_fraction=float(left_out[region].mean()),
        highest_hu=float(plane.highest_hu[region].max()),
    )
