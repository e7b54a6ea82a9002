"""Measure the regions a reader drew, as drawn: on the reader's own plane, leaving out nothing.

The plane is taken as it is, one sample thick, because that is what the reader saw. Corners are
joined by straight lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.techniques.hounsfield.measure import PLANES_FROM_ABOVE, Roi, combined
from bonecohort.techniques.hounsfield.rois import describe, read_plane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.techniques.hounsfield.measure import VertebraHounsfield
    from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

READER_METHOD = "ellipse3.reader"
MOST_OFF_PLANE_MM = 1.0
LEAST_AREA_MM2 = 10.0


def measure_reader_vertebra(
    ct: Volume,
    level: str,
    polygons_lps_mm: Mapping[str, FloatArray],
    reader: str,
    settings: HounsfieldSettings,
) -> VertebraHounsfield:
    """Measure one reader's three regions of a vertebra.

    Parameters
    ----------
    ct
        The CT, or any crop of it that holds the regions; HU.
    polygons_lps_mm
        ``upper``, ``middle``, ``lower`` → corners of a planar closed curve, LPS mm, (n, 3).

    Raises
    ------
    DataFault
        A region is missing, not planar, outside the image, or too small.
    """
    missing = [name for name in PLANES_FROM_ABOVE if name not in polygons_lps_mm]
    if missing:
        raise DataFault(
            f"The reader's regions of {level} lack the {' and the '.join(missing)} plane: the "
            "vertebra's HU is the mean of three planes."
        )
    rois = tuple(measure_polygon(ct, name, polygons_lps_mm[name]) for name in PLANES_FROM_ABOVE)
    return combined(level, rois, settings, method=READER_METHOD, reader=reader)


def measure_polygon(ct: Volume, plane: str, corners_lps_mm: FloatArray) -> Roi:
    """Measure a planar closed curve, corners in LPS mm, shape (n, 3).

    Raises
    ------
    DataFault
        Fewer than three corners, corners off one plane, no area, or outside the image.
    """
    corners = np.asarray(corners_lps_mm, dtype=float)
    if len(corners) < 3:
        raise DataFault(f"The {plane} region has {len(corners)} points; a curve needs three.")
    index = ct.to_index(corners)
    if (index < -1).any() or (index > ct.array.shape).any():
        raise DataFault(f"The {plane} region lies partly outside the CT.")
    axes = plane_axes(corners - corners.mean(axis=0))
    flat = (corners - corners.mean(axis=0)) @ axes
    off_plane = float(np.abs(flat[:, 2]).max())
    if off_plane > MOST_OFF_PLANE_MM:
        raise DataFault(
            f"The {plane} region is not planar: a point lies {off_plane:.1f} mm off its plane; "
            f"at most {MOST_OFF_PLANE_MM:.0f} mm is accepted."
        )
    area, centroid, second_moments = area_moments(flat[:, :2])
    if area < LEAST_AREA_MM2:
        raise DataFault(f"The {plane} region covers {area:.1f} mm²: it is no region.")
    center = corners.mean(axis=0) + axes[:, :2] @ centroid
    flat = flat[:, :2] - centroid
    samples = read_plane(
        ct, center, axes, (float(np.abs(flat[:, 0]).max()), float(np.abs(flat[:, 1]).max())), 0.0
    )
    u, v = np.meshgrid(samples.u_mm, samples.v_mm, indexing="ij")
    region = in_polygon(u, v, flat)
    return Roi(
        plane=plane,
        center_lps_mm=center,
        axes_lps=axes,
        semi_axes_mm=(2 * float(np.sqrt(second_moments[0])), 2 * float(np.sqrt(second_moments[1]))),
        area_mm2=area,
        cortex_distance_mm=None,
        polygon_lps_mm=corners,
        statistics=describe(plane, samples, region, np.zeros_like(region)),
    )


def plane_axes(centred_mm: FloatArray) -> FloatArray:
    """Return axes of the plane through points about their mean, as columns, shape (3, 3).

    The normal points to the head; the first axis runs to the patient's left within the plane,
    the second to posterior. On a plane that holds the body's length they are any two of it.
    """
    normal = np.linalg.svd(centred_mm, full_matrices=True)[2][2]
    normal = normal if normal[2] >= 0 else -normal
    towards = np.eye(3)[np.argmin(np.abs(normal[:2]))]
    first = towards - (towards @ normal) * normal
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    if towards[1]:
        first, second = -second, first
    return np.column_stack([first, second, normal])


def area_moments(corners_mm: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return a polygon's area, centroid, and variances of its two coordinates (shoelace sums)."""
    x, y = corners_mm.T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * next_y - next_x * y
    signed = cross.sum() / 2
    if abs(signed) < 1e-9:
        return 0.0, np.zeros(2), np.zeros(2)
    centroid = np.array([((x + next_x) * cross).sum(), ((y + next_y) * cross).sum()])
    centroid /= 6 * signed
    squares = np.array(
        [
            ((x**2 + x * next_x + next_x**2) * cross).sum(),
            ((y**2 + y * next_y + next_y**2) * cross).sum(),
        ]
    )
    variances = np.maximum(squares / (12 * signed) - centroid**2, 0.0)
    return float(abs(signed)), centroid, variances


def in_polygon(x: FloatArray, y: FloatArray, corners_mm: FloatArray) -> NDArray[np.bool_]:
    """Return which points lie in a polygon, by the number of its edges to their right."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x1, y1), (x2, y2) in zip(corners_mm, np.roll(corners_mm, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    return inside
