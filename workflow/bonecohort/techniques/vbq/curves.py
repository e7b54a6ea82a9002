"""Regions that a reader drew as closed curves, and the mean signal within each, as drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.planar_curve import area_moments, in_polygon, plane_axes
from bonecohort.measures.vertebra.surface import sample
from bonecohort.techniques.vbq.names import region_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.annotations.marks.markup import Markup
    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.techniques.vbq.names import Tissue

MOST_OFF_PLANE_MM, LEAST_AREA_MM2 = 1.0, 10.0
LARGEST_STEP_MM = 0.5


def region_of(markups: Iterable[Markup], level: str, tissue: Tissue) -> Markup | None:
    """Return a reader's curve of a tissue at a level; None where there is none.

    Raises
    ------
    DataFault
        It is drawn twice, or as something else than a closed curve.
    """
    own = [
        markup
        for markup in markups
        if (name := region_name(markup.meaning)) and (name.level, name.tissue) == (level, tissue)
    ]
    for markup in own:
        if markup.type != "ClosedCurve":
            raise DataFault(
                f"Markup '{markup.name}' in {markup.source} is a {markup.type}; a region is drawn "
                "as a ClosedCurve (in Slicer: Markups, Closed Curve)."
            )
    if len(own) > 1:
        raise DataFault(
            f"Markup '{own[1].name}' in {own[1].source} draws the {tissue} of {level}, which "
            "another markup of the same reader draws already; one is expected."
        )
    return own[0] if own else None


def mean_within(image: Volume, markup: Markup) -> float:
    """Return the mean signal within a planar closed curve, on its own plane.

    Corners are joined by straight lines. The signal is interpolated linearly.

    Raises
    ------
    DataFault
        Fewer than three corners, corners off one plane, no area, or no signal.
    """
    called = f"Markup '{markup.name}' in {markup.source}"
    corners = np.asarray(markup.points_lps_mm, dtype=float)
    if len(corners) < 3:
        raise DataFault(f"{called} has {len(corners)} points; a curve needs three.")
    centre = corners.mean(axis=0)
    axes = plane_axes(corners - centre)
    flat = (corners - centre) @ axes
    off_plane = float(np.abs(flat[:, 2]).max())
    if off_plane > MOST_OFF_PLANE_MM:
        raise DataFault(
            f"{called} is not planar: a point lies {off_plane:.1f} mm off its plane; at most "
            f"{MOST_OFF_PLANE_MM:g} mm is accepted."
        )
    area, *_ = area_moments(flat[:, :2])
    if area < LEAST_AREA_MM2:
        raise DataFault(
            f"{called} covers {area:.1f} mm²; at least {LEAST_AREA_MM2:g} mm² is expected."
        )
    values = sample(image, centre + _places(flat[:, :2], image) @ axes[:, :2].T, np.nan)
    signal = float(values.mean())
    if not signal > 0:
        raise DataFault(f"{called} holds no signal, or lies partly outside the image.")
    return signal


def _places(flat_mm: FloatArray, image: Volume) -> FloatArray:
    """Return places of a fine grid within a polygon, mm, shape (n, 2)."""
    step = min(LARGEST_STEP_MM, float(image.spacing_mm.min()) / 2)
    low, high = flat_mm.min(axis=0), flat_mm.max(axis=0)
    grids = np.meshgrid(*(np.arange(a + step / 2, b, step) for a, b in zip(low, high, strict=True)))
    x, y = (grid.ravel() for grid in grids)
    inside = in_polygon(x, y, flat_mm)
    return np.column_stack([x[inside], y[inside]])
