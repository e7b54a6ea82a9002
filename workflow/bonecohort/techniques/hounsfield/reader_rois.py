"""Measure the regions a reader drew, as drawn: on the reader's own plane, leaving out nothing.

The plane is taken as it is, one sample thick, because that is what the reader saw. Corners are
joined by straight lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.planar_curve import area_moments, in_polygon, plane_axes
from bonecohort.techniques.hounsfield.measure import PLANES_FROM_ABOVE, Roi, combined
from bonecohort.techniques.hounsfield.rois import describe, read_plane

if TYPE_CHECKING:
    from collections.abc import Mapping

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
