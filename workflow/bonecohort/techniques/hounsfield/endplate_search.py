"""Seek both endplates of a body on the CT, near where the label says they are.

An endplate is a thin bright plate between the marrow and a disc. The mean brightness of tilted
planes is compared with what lies a few mm above and below. Of the bright ones, the pair that fits
the label best and has no other plate between is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.measures.vertebra.surface import sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

    BoolArray = NDArray[np.bool_]

COLUMN_STEP_MM = 2.0
HEIGHT_STEP_MM = 0.5
REACH_MM = 15.0
"""How far beyond the label's ends an endplate is sought."""
FLANK_MM, FLANK_VOXELS = 3.0, 1.2
"""How far from a plane its flanks are read: the larger of the two."""
SMOOTHING_MM = 1.0
RIDGE_HU = (-100.0, 300.0)
"""A column's part in a plane's brightness is kept within these."""
TILTS = np.linspace(-0.3, 0.3, 9)
"""Slopes that are tried along both axes across the body."""
TILT_COST = 0.25
"""A plane tilted by the largest slope along one axis must be brighter by this fraction."""
LEAST_FRACTION = 0.1
HALF_STRENGTH = 0.25
"""Brightness, as a fraction of the strongest plane's, that gives half the strength."""
MIDDLE_SD_MM, HEIGHT_SD_MM = 6.0, 7.0
"""How far the label's middle and height are commonly off."""
BODY_HEIGHT_MM = (11.0, 42.0)
BETWEEN_MM = 4.0
BETWEEN_ALLOWED = 0.5
"""Strength of a plane between the two, as a fraction of the weaker, that counts for nothing."""
BETWEEN_WEIGHT = 2.0


@dataclass(frozen=True)
class Frame:
    """A frame in LPS: origin (3,) in mm, and unit axes left, posterior, superior as columns."""

    origin_lps_mm: FloatArray
    axes_lps: FloatArray

    def to_lps(self, points_mm: FloatArray) -> FloatArray:
        """Map points of the frame, shape (..., 3), to LPS mm."""
        points: FloatArray = points_mm @ self.axes_lps.T + self.origin_lps_mm
        return points

    def from_lps(self, points_lps_mm: FloatArray) -> FloatArray:
        """Map LPS mm, shape (..., 3), to the frame."""
        points: FloatArray = (points_lps_mm - self.origin_lps_mm) @ self.axes_lps
        return points

    def moved(self, by_mm: FloatArray) -> Frame:
        """Return the frame with its origin moved along its own axes."""
        return Frame(self.to_lps(by_mm), self.axes_lps)


@dataclass(frozen=True)
class Region:
    """Where endplates are sought in a frame: an ellipse across it, and two heights; mm."""

    center_mm: FloatArray
    half_axes_mm: FloatArray
    inferior_mm: float
    superior_mm: float

    def on_disc(self, uv_mm: FloatArray) -> FloatArray:
        """Map places (..., 2) to the unit disc."""
        scaled: FloatArray = (uv_mm - self.center_mm) / self.half_axes_mm
        return scaled

    def holds(self, uv_mm: FloatArray) -> BoolArray:
        """Return which places (n, 2) lie in the ellipse."""
        held: BoolArray = (self.on_disc(uv_mm) ** 2).sum(axis=-1) <= 1
        return held


@dataclass(frozen=True)
class Plane:
    """``height = u_slope u + v_slope v + height_mm`` about the middle of a region."""

    u_slope: float
    v_slope: float
    height_mm: float


def find_planes(ct: Volume, frame: Frame, region: Region) -> tuple[Plane, Plane] | None:
    """Return the superior and the inferior endplate as planes; None where none are seen."""
    heights_mm, brightness_hu = plane_brightness(ct, frame, region)
    cost = TILT_COST * (TILTS[:, None] ** 2 + TILTS**2) / TILTS.max() ** 2
    scaled = (brightness_hu * (1 - cost)[..., None]).reshape(-1, len(heights_mm))
    pair = choose_pair(heights_mm, scaled.max(axis=0), (region.inferior_mm, region.superior_mm))
    if pair is None:
        return None
    tilt_of = scaled.argmax(axis=0)
    planes = []
    for k in pair:
        i, j = np.unravel_index(tilt_of[k], (len(TILTS), len(TILTS)))
        planes.append(Plane(float(TILTS[i]), float(TILTS[j]), float(heights_mm[k])))
    return planes[0], planes[1]


def plane_brightness(ct: Volume, frame: Frame, region: Region) -> tuple[FloatArray, FloatArray]:
    """Return heights (n,) in mm, and by how many HU a plane outshines its flanks.

    The second has the shape (slopes along u, slopes along v, n).
    """
    uv = columns(region)
    heights_mm = np.arange(
        region.inferior_mm - REACH_MM, region.superior_mm + REACH_MM, HEIGHT_STEP_MM
    )
    points = np.empty((len(uv), len(heights_mm), 3))
    points[..., :2] = uv[:, None]
    points[..., 2] = heights_mm
    extent_mm = float(np.abs(frame.axes_lps[:, 2] @ ct.affine_lps[:3, :3]).sum())
    ridge = outshining(sample_filled(ct, frame.to_lps(points)), HEIGHT_STEP_MM, extent_mm)
    ridge = np.clip(ridge, *RIDGE_HU)
    result = np.empty((len(TILTS), len(TILTS), len(heights_mm)))
    level, rows = np.arange(len(heights_mm)), np.arange(len(uv))[:, None]
    offset_mm = uv - region.center_mm
    for i, u_slope in enumerate(TILTS):
        for j, v_slope in enumerate(TILTS):
            rise = np.rint(offset_mm @ np.array([u_slope, v_slope]) / HEIGHT_STEP_MM).astype(int)
            index = np.clip(level + rise[:, None], 0, len(heights_mm) - 1)
            result[i, j] = ridge[rows, index].mean(axis=0)
    return heights_mm, result


def columns(region: Region) -> FloatArray:
    """Return places (n, 2) in mm spread evenly over a region."""
    spans = [
        center + np.arange(-half, half + COLUMN_STEP_MM / 2, COLUMN_STEP_MM)
        for center, half in zip(region.center_mm, region.half_axes_mm, strict=True)
    ]
    uv = np.stack(np.meshgrid(*spans, indexing="ij"), axis=-1).reshape(-1, 2)
    held: FloatArray = uv[region.holds(uv)]
    return held


def sample_filled(ct: Volume, points_lps_mm: FloatArray) -> FloatArray:
    """Read a CT linearly; off the image its median stands in, which makes no plate."""
    hu = sample(ct, points_lps_mm, np.nan)
    seen = np.isfinite(hu)
    filled: FloatArray = np.where(seen, hu, np.median(hu[seen]) if seen.any() else 0.0)
    return filled


def outshining(hu: FloatArray, step_mm: float, extent_mm: float) -> FloatArray:
    """Return by how much each sample along axis 1 is brighter than the mean of its flanks."""
    smooth = ndimage.gaussian_filter1d(hu, SMOOTHING_MM / step_mm, axis=1)
    flank = round(max(FLANK_MM, FLANK_VOXELS * extent_mm) / step_mm)
    padded = np.pad(smooth, [(0, 0), (flank, flank), *[(0, 0)] * (hu.ndim - 2)], mode="edge")
    ridge: FloatArray = smooth - (padded[:, 2 * flank :] + padded[:, : -2 * flank]) / 2
    return ridge


def choose_pair(
    heights_mm: FloatArray, brightness_hu: FloatArray, label_ends_mm: tuple[float, float]
) -> tuple[int, int] | None:
    """Return the indices of the superior and inferior endplate among bright heights."""
    inner = (brightness_hu[1:-1] >= brightness_hu[:-2]) & (brightness_hu[1:-1] > brightness_hu[2:])
    peaks = np.flatnonzero(inner) + 1
    strongest = float(brightness_hu[peaks].max(initial=0.0))
    if strongest <= 0:
        return None
    peaks = peaks[brightness_hu[peaks] >= LEAST_FRACTION * strongest]
    strength = brightness_hu / (np.abs(brightness_hu) + HALF_STRENGTH * strongest)
    middle_mm, label_height_mm = np.mean(label_ends_mm), np.ptp(label_ends_mm)
    best: tuple[float, tuple[int, int]] | None = None
    for upper in peaks[heights_mm[peaks] > middle_mm]:
        for lower in peaks[heights_mm[peaks] < middle_mm]:
            top_mm, bottom_mm = heights_mm[upper], heights_mm[lower]
            if not BODY_HEIGHT_MM[0] <= top_mm - bottom_mm <= BODY_HEIGHT_MM[1]:
                continue
            off = ((top_mm + bottom_mm) / 2 - middle_mm) / MIDDLE_SD_MM
            taller = (top_mm - bottom_mm - label_height_mm) / HEIGHT_SD_MM
            within = (heights_mm > bottom_mm + BETWEEN_MM) & (heights_mm < top_mm - BETWEEN_MM)
            between = strength[peaks[within[peaks]]].max(initial=0.0)
            between /= min(strength[upper], strength[lower])
            value = strength[upper] + strength[lower] - (off**2 + taller**2) / 2
            value -= BETWEEN_WEIGHT * max(0.0, between - BETWEEN_ALLOWED)
            if best is None or value > best[0]:
                best = float(value), (int(upper), int(lower))
    return None if best is None else best[1]
