"""Whether the marks of one vertebra's endplates lie where their names say: at the head or foot end.

The body's own height lines give its axis, which in a lordotic L5 is far from the scanner's.
"""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.annotations.marks.markup import distance_mm
from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.names import BodyName, DefectName, endplate_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.annotations.marks.markup import Markup, Point

HEIGHTS = ("body_height_1", "body_height_2")
ALONG_DEG = 30.0
"""No body width lies within this angle of the line from head to foot. Bodies tilt up to 45°."""
ACROSS_DEG = 60.0


def check_sides(level: str, markups: Sequence[Markup]) -> None:
    """Refuse marks of one vertebra, by one reader, that contradict their names.

    A superior defect must reach above the middle of the body, an inferior one below it, and no
    further from it than the body is high. Height lines run from head to foot more than the width
    line does. Nothing is decided without two height lines that run so.

    Raises
    ------
    DataFault
        With the mark, and on which side of the middle of the body it lies.
    """
    heights = [markup for markup in markups if _measure(markup) in HEIGHTS and _is_line(markup)]
    if len(heights) < len(HEIGHTS):
        return
    _check_widths(level, markups, heights)
    if any(_from_head_deg(height) > ACROSS_DEG for height in heights):
        return
    axis = _axis(heights)
    height_mm = fmean(distance_mm(*height.points_lps_mm) for height in heights)
    middle = _mean([point for markup in heights for point in markup.points_lps_mm])
    for markup in markups:
        name = endplate_name(markup.meaning)
        if not isinstance(name, DefectName) or not markup.points_lps_mm:
            continue
        along = [_along(axis, middle, point) for point in markup.points_lps_mm]
        reach_mm = max(along) if name.endplate == "superior" else min(along)
        outwards_mm = reach_mm if name.endplate == "superior" else -reach_mm
        if not 0 <= outwards_mm <= height_mm:
            raise DataFault(
                f"Markup '{markup.name}' in {markup.source} lies {abs(reach_mm):.1f} mm "
                f"{'above' if reach_mm > 0 else 'below'} the middle of the body of {level}, which "
                f"is {height_mm:.1f} mm high: that is not its {name.endplate} endplate. Its level "
                "or endplate is named wrongly."
            )


def body_axis(markups: Sequence[Markup]) -> Point | None:
    """Return the unit vector along a body's height lines, turned to the head (LPS).

    None where no height was drawn, or one does not run from head to foot.
    """
    heights = [markup for markup in markups if _measure(markup) in HEIGHTS and _is_line(markup)]
    if not heights or any(_from_head_deg(height) > ACROSS_DEG for height in heights):
        return None
    return _axis(heights)


def _check_widths(level: str, markups: Sequence[Markup], heights: Sequence[Markup]) -> None:
    for width in markups:
        if _measure(width) != "body_width" or not _is_line(width):
            continue
        if _from_head_deg(width) < ALONG_DEG and all(
            _from_head_deg(height) > ACROSS_DEG for height in heights
        ):
            raise DataFault(
                f"Markup '{width.name}' in {width.source} runs from head to foot and the height "
                f"lines of {level} across it. Width and heights seem to be exchanged."
            )


def _measure(markup: Markup) -> str:
    name = endplate_name(markup.meaning)
    return name.measure if isinstance(name, BodyName) else ""


def _is_line(markup: Markup) -> bool:
    return len(markup.points_lps_mm) == 2 and markup.points_lps_mm[0] != markup.points_lps_mm[1]


def _from_head_deg(line: Markup) -> float:
    """Return the angle between a line and the axis from foot to head, 0° to 90°."""
    _, _, z = _axis([line])
    return math.degrees(math.acos(min(1.0, z)))


def _axis(lines: Sequence[Markup]) -> Point:
    """Return the mean direction of lines, each turned to the head; a unit vector in LPS."""
    turned = []
    for line in lines:
        foot, head = sorted(line.points_lps_mm, key=lambda point: point[2])
        turned.append((head[0] - foot[0], head[1] - foot[1], head[2] - foot[2]))
    x, y, z = _mean(turned)
    length = math.hypot(x, y, z)
    return (x / length, y / length, z / length)


def _mean(points: Sequence[Point]) -> Point:
    x, y, z = (fmean(values) for values in zip(*points, strict=True))
    return (x, y, z)


def _along(axis: Point, origin: Point, point: Point) -> float:
    return sum(a * (p - o) for a, o, p in zip(axis, origin, point, strict=True))
