"""Width and depth of a defect drawn as a closed curve.

The endplate's own line is the chord between the defect's rims. A reader's way back along it may
have points in between, none exactly on it, so points that lie on one line are one edge of the
curve. Kept free of numpy, as all that reads a few marks.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from bonecohort.annotations.marks.markup import distance_mm
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.annotations.marks.markup import Markup, Point

STRAIGHT_TOLERANCE_MM = 0.6
"""Points within this distance of the line between an edge's ends are of that edge. Readers click
0.1 to 0.3 mm beside an endplate, which moves the ends as well.
"""
COST_OF_JITTER = 2.0
"""What a mm of deviation to both sides costs an edge, in mm of its length."""
COST_OF_A_BEND = {"few": 10.0, "many": 25.0}
"""The same for points that all deviate to one side, where nothing else shows the endplate. The
curved wall of a deep defect is no edge. Three points in between or fewer may do so by chance.
"""
FEW_POINTS = 3
ALONG_ENDPLATE_DEG = 45.0
"""Edges within this angle of the body's own endplates may be the chord."""
DENSE_POINTS = 80
"""Curves of more points are thinned; fewer are taken as they are."""
THINNING_MM = 0.02
MOST_POINTS = 300
"""Of a curve that was thinned; the outline of a defect keeps some dozens."""
POWER_STEPS = 20
"""Steps of the power method; an edge is ten times as long as wide, or more."""


def contour_size_mm(markup: Markup, body_axis: Point | None = None) -> tuple[float, float]:
    """Return width and depth in mm of a defect drawn as a closed curve.

    The endplate's own line is the chord between the defect's rims: the curve's longest straight
    edge. Width is the curve's extent along it, depth the largest distance from it.

    Parameters
    ----------
    body_axis
        Unit vector along the vertebral body, from endplate to endplate (LPS); None where no height
        was drawn. The chord runs across it: a steep wall that is longer is not taken for it.

    Raises
    ------
    DataFault
        When the markup is no closed curve of three points or more, has no extent, or runs to and
        fro as no outline does.
    """
    points = markup.points_lps_mm
    if markup.type != "ClosedCurve" or len(points) < 3:
        raise DataFault(
            f"Markup '{markup.name}' in {markup.source} is a {markup.type} with {len(points)} "
            "placed points; a ClosedCurve with three or more is expected."
        )
    curve = _thinned(points)
    if all(point == points[0] for point in points):
        raise DataFault(f"Markup '{markup.name}' in {markup.source} has all points in one place.")
    if len(curve) > MOST_POINTS:
        raise DataFault(
            f"Markup '{markup.name}' in {markup.source} turns at {len(curve)} places: one outline "
            "of the defect is expected."
        )
    origin, direction = _line_through(_chord(curve, body_axis))
    along = [_dot(_minus(point, origin), direction) for point in points]
    off = [_off_line_mm(point, origin, direction) for point in points]
    return max(along) - min(along), max(off)


def _chord(curve: Sequence[Point], body_axis: Point | None) -> Sequence[Point]:
    """Return the points of the curve's longest straight edge, in their order."""
    best: Sequence[Point] = ()
    most = -math.inf
    for start in range(len(curve)):
        turned = [*curve[start:], *curve[:start]]
        for last in range(1, len(curve)):
            edge = turned[: last + 1]
            length = distance_mm(edge[0], edge[-1])
            if length == 0 or length <= most or not _runs_across(edge, body_axis):
                continue
            bend, one_sided = _bend_mm(edge)
            cost = _cost(len(edge) - 2) if one_sided and body_axis is None else COST_OF_JITTER
            if bend <= STRAIGHT_TOLERANCE_MM and length - cost * bend > most:
                most, best = length - cost * bend, edge
    return best or _chord(curve, None)  # where no edge runs across the body


def _cost(n_between: int) -> float:
    return COST_OF_A_BEND["few" if n_between <= FEW_POINTS else "many"]


def _runs_across(edge: Sequence[Point], body_axis: Point | None) -> bool:
    if body_axis is None:
        return True
    rise = abs(_dot(_minus(edge[-1], edge[0]), body_axis))
    limit = math.sin(math.radians(ALONG_ENDPLATE_DEG))
    return rise <= limit * distance_mm(edge[0], edge[-1])


def _bend_mm(edge: Sequence[Point]) -> tuple[float, bool]:
    """Return how far an edge's points lie from the line of its ends, and whether on one side."""
    direction = _unit(_minus(edge[-1], edge[0]))
    away = [_away(point, edge[0], direction) for point in edge[1:-1]]
    farthest = max(away, key=lambda vector: math.hypot(*vector), default=(0.0, 0.0, 0.0))
    one_sided = all(_dot(vector, farthest) >= 0 for vector in away)
    return math.hypot(*farthest), one_sided


def _line_through(edge: Sequence[Point]) -> tuple[Point, Point]:
    """Return a point and the direction of the line that fits an edge best.

    Least squares of its pieces, each as heavy as it is long, so that points may lie anywhere.
    """
    pieces = [(start, end, distance_mm(start, end)) for start, end in pairwise(edge)]
    total = sum(length for _, _, length in pieces)
    middle = _as_point(
        sum(length * (start[axis] + end[axis]) / 2 for start, end, length in pieces) / total
        for axis in range(3)
    )
    direction = _unit(_minus(edge[-1], edge[0]))
    if len(edge) == 2:
        return edge[0], direction
    for _ in range(POWER_STEPS):  # of the pieces' scatter, whose longest axis is the line's
        scattered = [0.0, 0.0, 0.0]
        for start, end, length in pieces:
            near, far = _minus(start, middle), _minus(end, middle)
            at_near, at_far = _dot(near, direction), _dot(far, direction)
            for axis in range(3):
                scattered[axis] += (
                    length
                    / 6
                    * (near[axis] * (2 * at_near + at_far) + far[axis] * (at_near + 2 * at_far))
                )
        direction = _unit(_as_point(scattered))
    return middle, direction


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    """Return a curve without repeated points; of a dense one, only those that shape it."""
    following = [*points[1:], points[0]]
    curve = [point for point, after in zip(points, following, strict=True) if point != after]
    tolerance_mm = THINNING_MM
    while len(curve) > DENSE_POINTS and tolerance_mm < STRAIGHT_TOLERANCE_MM:
        curve = _simplified(curve, tolerance_mm)
        tolerance_mm *= 2
    return curve


def _simplified(curve: Sequence[Point], tolerance_mm: float) -> list[Point]:
    """Return a closed curve without the points that lie on lines (Douglas and Peucker, 1973)."""
    far = max(range(len(curve)), key=lambda at: distance_mm(curve[at], curve[0]))
    waiting = [(0, far), (far, len(curve))]
    kept = {0, far}
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        start, end = curve[first], curve[last % len(curve)]
        direction = _unit(_minus(end, start))
        middle = max(
            range(first + 1, last), key=lambda at: _off_line_mm(curve[at], start, direction)
        )
        if _off_line_mm(curve[middle], start, direction) > tolerance_mm:
            kept.add(middle)
            waiting += [(first, middle), (middle, last)]
    return [curve[at] for at in sorted(kept)]


def _off_line_mm(point: Point, origin: Point, direction: Point) -> float:
    """Return a point's distance from a line; the direction is a unit vector."""
    return math.hypot(*_away(point, origin, direction))


def _away(point: Point, origin: Point, direction: Point) -> Point:
    """Return the vector from a line to a point, perpendicular to it."""
    vector = _minus(point, origin)
    along = _dot(vector, direction)
    x, y, z = (v - along * d for v, d in zip(vector, direction, strict=True))
    return (x, y, z)


def _minus(end: Point, start: Point) -> Point:
    return (end[0] - start[0], end[1] - start[1], end[2] - start[2])


def _dot(first: Point, second: Point) -> float:
    return first[0] * second[0] + first[1] * second[1] + first[2] * second[2]


def _unit(vector: Point) -> Point:
    length = math.hypot(*vector)
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def _as_point(values: Iterable[float]) -> Point:
    x, y, z = values
    return (x, y, z)
