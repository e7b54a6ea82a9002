"""Flat pictures out of a volume: oblique planes, curved sagittal views, and what is drawn on them.

A view is given in the patient (LPS mm), so a picture's sides and proportions do not depend on how
the scan is stored. Axial-like planes have the patient's right on the picture's left and anterior on
top. Sagittal views have anterior on the left and the head on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from bonecohort.images.volume import FloatArray, Volume

LEFT = np.array([1.0, 0.0, 0.0])
POSTERIOR = np.array([0.0, 1.0, 0.0])
HEAD = np.array([0.0, 0.0, 1.0])
OUTLINE_POINTS = 73


@dataclass(frozen=True)
class View:
    """A rectangle in the patient: centre and unit directions of the picture's right and down."""

    centre_lps_mm: FloatArray
    right_lps: FloatArray
    down_lps: FloatArray
    width_mm: float
    height_mm: float

    def points(self, pixel_mm: float) -> FloatArray:
        """Return the pixel centres in LPS mm, shape (rows, columns, 3)."""
        columns = _pixel_centres(self.width_mm, pixel_mm)
        rows = _pixel_centres(self.height_mm, pixel_mm)
        offsets = columns[None, :, None] * self.right_lps + rows[:, None, None] * self.down_lps
        return self.centre_lps_mm + offsets

    def project(self, points_lps_mm: ArrayLike) -> FloatArray:
        """Map LPS mm, shape (..., 3), to mm right and down of the picture's centre, (..., 2)."""
        offsets = np.asarray(points_lps_mm, dtype=float) - self.centre_lps_mm
        directions: FloatArray = np.array([self.right_lps, self.down_lps], dtype=float)
        projected: FloatArray = offsets @ directions.T
        return projected

    @property
    def extent_mm(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the picture in mm from its centre, down positive."""
        return (-self.width_mm / 2, self.width_mm / 2, self.height_mm / 2, -self.height_mm / 2)


def _pixel_centres(length_mm: float, pixel_mm: float) -> FloatArray:
    count = max(round(length_mm / pixel_mm), 1)
    centres: FloatArray = (np.arange(count, dtype=np.float64) + 0.5) * (
        length_mm / count
    ) - length_mm / 2
    return centres


def sample(volume: Volume, points_lps_mm: FloatArray) -> NDArray[np.float32]:
    """Interpolate a volume linearly at LPS points, shape (..., 3); outside it the value is NaN."""
    indices = np.moveaxis(volume.to_index(points_lps_mm), -1, 0)
    sampled: NDArray[np.float32] = ndimage.map_coordinates(
        volume.array, indices, output=np.float32, order=1, mode="constant", cval=np.nan
    )
    return sampled


def axial_view(
    centre_lps_mm: ArrayLike, normal_lps: ArrayLike, width_mm: float, height_mm: float
) -> View:
    """Return the view of an oblique axial plane: patient's right on the left, anterior on top.

    The picture's right is the patient's left direction within the plane, so a tilted plane keeps
    the patient's sides.
    """
    normal = _unit(normal_lps)
    normal = normal if normal @ HEAD >= 0 else -normal
    right = _unit(LEFT - (LEFT @ normal) * normal)
    return View(
        np.asarray(centre_lps_mm, float), right, np.cross(normal, right), width_mm, height_mm
    )


def sagittal_view(centre_lps_mm: ArrayLike, width_mm: float, height_mm: float) -> View:
    """Return an upright sagittal view: anterior on the left, head on top."""
    return View(np.asarray(centre_lps_mm, float), POSTERIOR, -HEAD, width_mm, height_mm)


def curved_to(points_lps_mm: FloatArray, path_lps_mm: FloatArray) -> FloatArray:
    """Bend a sagittal view sideways, so that it follows a spine through the points of a path.

    At every height the points take the path's x, interpolated in z, and keep their y and z. Beyond
    the path's ends x stays constant.
    """
    order = np.argsort(path_lps_mm[:, 2])
    bent = points_lps_mm.copy()
    bent[..., 0] = np.interp(points_lps_mm[..., 2], path_lps_mm[order, 2], path_lps_mm[order, 0])
    return bent


def roi_outline(roi: Mapping[str, Any]) -> FloatArray:
    """Return the closed outline of a region of interest as measured, LPS mm, shape (n, 3).

    A reader's region has its own ``polygon_lps_mm``. An ellipse has a centre, semi-axes and, as the
    first two columns of ``axes_lps``, their directions. Without directions the first axis runs to
    the patient's left within the plane and the second to posterior.
    """
    polygon = roi.get("polygon_lps_mm")
    if polygon:
        corners = np.asarray(polygon, dtype=float)
        return np.vstack([corners, corners[:1]])
    first, second = _ellipse_axes(roi)
    long_mm, short_mm = roi["semi_axes_mm"]
    angle = np.linspace(0, 2 * np.pi, OUTLINE_POINTS)[:, None]
    outline: FloatArray = (
        np.asarray(roi["center_lps_mm"], dtype=float)
        + long_mm * np.cos(angle) * first
        + short_mm * np.sin(angle) * second
    )
    return outline


def _ellipse_axes(roi: Mapping[str, Any]) -> tuple[FloatArray, FloatArray]:
    directions = roi.get("axes_lps")
    if directions:
        columns = np.asarray(directions, dtype=float).T
        return columns[0], columns[1]
    view = axial_view(roi["center_lps_mm"], roi["normal_lps"], 1, 1)
    return view.right_lps, view.down_lps


def _unit(vector: ArrayLike) -> FloatArray:
    array = np.asarray(vector, dtype=float)
    unit: FloatArray = array / np.linalg.norm(array)
    return unit
