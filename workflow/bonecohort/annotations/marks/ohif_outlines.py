"""Ellipses and circles as OHIF's tools hold them, laid out as closed curves.

Cornerstone3D keeps an ellipse as the two ends of one axis, then those of the other
(``EllipticalROI``: bottom, top, left, right). A circle is its centre and the same four points
(``CircleROI``). An older circle is centre and one point of its rim: its plane is not stored.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bonecohort.annotations.marks.markup import distance_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.annotations.marks.markup import Point

OUTLINE_POINTS = 32
AXES_OFF = 0.05
"""Share of the longer axis by which the axes' middles may lie apart, and their cosine. Axes of one
ellipse halve each other at a right angle.
"""


def outline_of(tool: str, points: Sequence[Point]) -> tuple[Point, ...] | None:
    """Return points on the outline that a tool's points stand for; None where they stand for none.

    Parameters
    ----------
    tool
        Name of the tool, ``EllipticalROI`` or ``CircleROI``.
    points
        What OHIF exports of it, LPS mm.
    """
    if tool == "CircleROI" and len(points) == 5:
        points = points[1:]
    elif tool != "EllipticalROI":
        return None
    if len(points) != 4:
        return None
    centres = [_middle(*points[:2]), _middle(*points[2:])]
    axes = [_half(*points[:2]), _half(*points[2:])]
    lengths = [math.hypot(*axis) for axis in axes]
    if min(lengths) == 0 or distance_mm(*centres) > AXES_OFF * 2 * max(lengths):
        return None
    if abs(sum(a * b for a, b in zip(*axes, strict=True))) > AXES_OFF * lengths[0] * lengths[1]:
        return None
    angles = [2 * math.pi * step / OUTLINE_POINTS for step in range(OUTLINE_POINTS)]
    return tuple(_on_ellipse(centres[0], axes[0], axes[1], angle) for angle in angles)


def _on_ellipse(centre: Point, first: Point, second: Point, angle: float) -> Point:
    x, y, z = (
        c + math.cos(angle) * a + math.sin(angle) * b
        for c, a, b in zip(centre, first, second, strict=True)
    )
    return (x, y, z)


def _middle(start: Point, end: Point) -> Point:
    x, y, z = ((a + b) / 2 for a, b in zip(start, end, strict=True))
    return (x, y, z)


def _half(start: Point, end: Point) -> Point:
    x, y, z = ((b - a) / 2 for a, b in zip(start, end, strict=True))
    return (x, y, z)
