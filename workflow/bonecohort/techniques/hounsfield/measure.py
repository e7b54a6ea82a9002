"""Measure one vertebra: three oblique ellipses, their HU, and what there is to say about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.vertebra.body import find_body
from bonecohort.measures.vertebra.surface import FAR_MM, sample
from bonecohort.techniques.hounsfield.ct_body import body_on_ct
from bonecohort.techniques.hounsfield.planes import (
    place_planes,
    slab_half_thickness_mm,
    turned_plane,
)
from bonecohort.techniques.hounsfield.rois import (
    METAL_HU,
    RoiStatistics,
    describe,
    outliers,
    read_plane,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.vertebra.body import Body
    from bonecohort.measures.vertebra.crops import VertebraCrop
    from bonecohort.techniques.hounsfield.ellipse import PlanarEllipse
    from bonecohort.techniques.hounsfield.planes import SafePlane
    from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

    BoolArray = NDArray[np.bool_]

AUTOMATIC_METHOD = "ellipse3.auto.v1"
AUTOMATIC_READER = "auto"
PLANES_FROM_ABOVE = ("upper", "middle", "lower")
POLYGON_POINTS = 32
TURNS_DEG = (0.0, 15.0, -15.0, 30.0, -30.0, 45.0, -45.0)
"""Directions that are tried, one after the other, of an ellipse that goes round an island."""


class VertebraFault(DataFault):
    """A vertebra whose regions were placed but cannot be trusted, with the flags they raised."""

    def __init__(self, reason: str, flags: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.flags = flags


@dataclass(frozen=True)
class Roi:
    """One region of interest and its statistics.

    Attributes
    ----------
    plane
        ``upper``, ``middle`` or ``lower``.
    center_lps_mm
        Centre, LPS mm, shape (3,).
    axes_lps
        Columns: the unit vectors of the two semi-axes (left-right, antero-posterior) and the
        plane's normal; shape (3, 3).
    semi_axes_mm
        Along the first two columns of ``axes_lps``; of a reader's polygon, those of the ellipse
        with the same second moments.
    area_mm2
        Of the whole region, with what is left out of the statistics.
    cortex_distance_mm
        Least distance of the outline from the labelled surface; None of a reader's region.
    polygon_lps_mm
        Corners of the outline, LPS mm, shape (n, 3).
    went_round_island
        The ellipse is not the largest of its plane, which held too much that is no trabecular
        bone; ``statistics.whole_hu`` is still of that largest one.
    """

    plane: str
    center_lps_mm: FloatArray
    axes_lps: FloatArray
    semi_axes_mm: tuple[float, float]
    area_mm2: float
    cortex_distance_mm: float | None
    polygon_lps_mm: FloatArray
    statistics: RoiStatistics
    went_round_island: bool = False


@dataclass(frozen=True)
class VertebraHounsfield:
    """A vertebra's HU: the mean of its regions' means, with the regions and the flags."""

    level: str
    hu: float
    rois: tuple[Roi, ...]
    flags: tuple[str, ...]
    method: str
    reader: str


def measure_vertebra(crop: VertebraCrop, settings: HounsfieldSettings) -> VertebraHounsfield:
    """Place the three regions in a vertebra and measure them.

    Raises
    ------
    DataFault
        The label holds no body of a vertebra's size, or there is no room for a region. A region is
        outside the image, is too small, or has too much left out (:class:`VertebraFault`).
    """
    body, unseen = body_on_ct(crop.ct, find_body(crop.mask, crop.ct.affine_lps))
    planes, moved = place_planes(body, settings.planes, settings.margin_mm)
    rois = tuple(measure_plane(crop.ct, body, planes[name], settings) for name in PLANES_FROM_ABOVE)
    flags = (*crop.flags, *unseen, *(["planes_moved"] if moved else []))
    return combined(
        crop.level, rois, settings, method=AUTOMATIC_METHOD, reader=AUTOMATIC_READER, flags=flags
    )


def measure_plane(ct: Volume, body: Body, plane: SafePlane, settings: HounsfieldSettings) -> Roi:
    """Measure the largest ellipse among a plane's safe points.

    Where more of it than allowed is no trabecular bone, the largest ellipse that goes round that
    is measured instead, if it holds enough voxels.

    Raises
    ------
    DataFault
        There is no room for a region, or it reaches outside the image or into air.
    """
    if plane.largest is None:
        raise DataFault(f"There is no room for a region in the {plane.name} plane.")
    largest = measure_ellipse(ct, body, plane, plane.largest)
    if largest.statistics.excluded_fraction <= settings.max_excluded_fraction:
        return largest
    other = measure_round_island(ct, body, plane, settings)
    if other is None:
        return largest
    # The flag on the spread between planes is to know of the sclerosis gone round.
    statistics = replace(other.statistics, whole_hu=largest.statistics.whole_hu)
    return replace(other, statistics=statistics, went_round_island=True)


def measure_round_island(
    ct: Volume, body: Body, plane: SafePlane, settings: HounsfieldSettings
) -> Roi | None:
    """Measure the largest ellipse that goes round what is no trabecular bone.

    It lies along the body's axes, or, where it holds too few voxels, turned by as little as gives
    enough: of few thick voxels, one more or less must not decide on a vertebra. None without any.
    """
    clear = replace(plane, inside=plane.inside & ~dense_or_dark(ct, body, plane))
    if not clear.inside.any():
        return None
    for turn_deg in TURNS_DEG:
        turned_body, turned = turned_plane(body, clear, turn_deg)
        if turned.largest is None:
            continue
        roi = measure_ellipse(ct, turned_body, turned, turned.largest)
        if (
            roi.statistics.n_voxels >= settings.min_voxels
            and roi.statistics.excluded_fraction <= settings.max_excluded_fraction
        ):
            return roi
    return None


def dense_or_dark(ct: Volume, body: Body, plane: SafePlane) -> BoolArray:
    """Return which safe points of a plane are outliers among all of them, on the plane's grid."""
    center = np.array([plane.u_mm.mean(), plane.v_mm.mean(), plane.height_mm])
    half = (float(np.ptp(plane.u_mm)) / 2, float(np.ptp(plane.v_mm)) / 2)
    samples = read_plane(ct, body.to_lps(center), body.axes_lps, half, slab_half_thickness_mm(body))

    def nearest(coordinates: FloatArray, grid: FloatArray) -> NDArray[np.intp]:
        step = grid[1] - grid[0]
        result: NDArray[np.intp] = np.floor((coordinates - grid[0]) / step + 0.5).astype(np.intp)
        return result.clip(0, len(grid) - 1)

    i = nearest(samples.u_mm + center[0], plane.u_mm)
    j = nearest(samples.v_mm + center[1], plane.v_mm)
    result = outliers(samples, plane.inside[np.ix_(i, j)])
    back_i = nearest(plane.u_mm - center[0], samples.u_mm)
    back_j = nearest(plane.v_mm - center[1], samples.v_mm)
    on_grid: BoolArray = result[np.ix_(back_i, back_j)]
    return on_grid


def measure_ellipse(ct: Volume, body: Body, plane: SafePlane, ellipse: PlanarEllipse) -> Roi:
    """Measure an ellipse of a plane."""
    center = body.to_lps(np.array([*ellipse.center_mm, plane.height_mm]))
    samples = read_plane(
        ct, center, body.axes_lps, ellipse.semi_axes_mm, slab_half_thickness_mm(body)
    )
    across = samples.u_mm / ellipse.semi_axes_mm[0]
    along = samples.v_mm / ellipse.semi_axes_mm[1]
    region = across[:, None] ** 2 + along**2 <= 1
    outline = ellipse_points(center, body.axes_lps, ellipse.semi_axes_mm, POLYGON_POINTS)
    return Roi(
        plane=plane.name,
        center_lps_mm=center,
        axes_lps=body.axes_lps,
        semi_axes_mm=ellipse.semi_axes_mm,
        area_mm2=ellipse.area_mm2,
        cortex_distance_mm=float(sample(body.surface, outline, -FAR_MM).min()),
        polygon_lps_mm=outline,
        statistics=describe(plane.name, samples, region, outliers(samples, region)),
    )


def combined(
    level: str,
    rois: tuple[Roi, ...],
    settings: HounsfieldSettings,
    *,
    method: str,
    reader: str,
    flags: tuple[str, ...] = (),
) -> VertebraHounsfield:
    """Take the mean of the regions' means (not weighted by area) and check the regions.

    Raises
    ------
    VertebraFault
        A region has too few voxels, or too much of it is left out.
    """
    all_flags = (*flags, *roi_flags(rois, settings))
    for roi in rois:
        result = roi.statistics
        if result.excluded_fraction > settings.max_excluded_fraction:
            reason = (
                f"{result.excluded_fraction:.0%} of the {roi.plane} region is bone island, "
                f"sclerosis or vessel; at most {settings.max_excluded_fraction:.0%} may be left "
                "out."
            )
            raise VertebraFault(reason, all_flags)
        if result.n_voxels < settings.min_voxels:
            reason = (
                f"The {roi.plane} region holds {result.n_voxels} voxels; it needs at least "
                f"{settings.min_voxels}."
            )
            raise VertebraFault(reason, all_flags)
    hu = float(np.mean([roi.statistics.hu for roi in rois]))
    return VertebraHounsfield(level, hu, rois, all_flags, method, reader)


def roi_flags(rois: Sequence[Roi], settings: HounsfieldSettings) -> list[str]:
    """Return the flags that the regions raise, each with its number and limit: spread, SD, metal.

    The spread is sought in the whole regions as well. Sclerosis that was left out of a plane's mean
    is still sclerosis of that plane.
    """
    flags = []
    kept = [roi.statistics.hu for roi in rois]
    whole = [roi.statistics.whole_hu for roi in rois]
    spread = max(float(np.ptp(kept)), float(np.ptp(whole)))
    if spread > (limit := settings.plane_spread_flag_hu):
        flags.append(f"plane_spread: {spread:.1f} HU (limit {limit:g})")
    flags += [
        f"high_sd_{roi.plane}: {roi.statistics.sd_hu:.1f} HU (limit {settings.sd_flag_hu:g})"
        for roi in rois
        if roi.statistics.sd_hu > settings.sd_flag_hu
    ]
    flags += [f"went_round_island_{roi.plane}" for roi in rois if roi.went_round_island]
    flags += [
        f"metal_{roi.plane}: {roi.statistics.highest_hu:.0f} HU (limit {METAL_HU:g})"
        for roi in rois
        if roi.statistics.holds_metal
    ]
    return flags


def ellipse_points(
    center_lps_mm: FloatArray, axes_lps: FloatArray, semi_axes_mm: tuple[float, float], n: int
) -> FloatArray:
    """Return ``n`` points on an ellipse, evenly spaced in its parameter; LPS mm, shape (n, 3)."""
    angle = np.arange(n) * 2 * np.pi / n
    across = semi_axes_mm[0] * np.cos(angle)[:, None] * axes_lps[:, 0]
    along = semi_axes_mm[1] * np.sin(angle)[:, None] * axes_lps[:, 1]
    points: FloatArray = center_lps_mm + across + along
    return points


def ellipse_polygon(roi: Roi, n: int = POLYGON_POINTS) -> FloatArray:
    """Return ``n`` points on the ellipse of a region; LPS mm, shape (n, 3)."""
    return ellipse_points(roi.center_lps_mm, roi.axes_lps, roi.semi_axes_mm, n)
