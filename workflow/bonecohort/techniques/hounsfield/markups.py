"""Hounsfield regions a reader drew as Slicer closed curves, named ``L3_upper`` and so on."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.hounsfield.names import PLANES, region_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bonecohort.annotations.marks.markup import Markup, Point


def marks_of_levels(markups: Iterable[Markup]) -> dict[str, list[Markup]]:
    """Return level → its regions of interest."""
    result: dict[str, list[Markup]] = {}
    for markup in markups:
        if name := region_name(markup.meaning):
            result.setdefault(name.level, []).append(markup)
    return result


def read_regions(markups: Iterable[Markup], level: str) -> dict[str, tuple[Point, ...]]:
    """Return a level's regions: plane → corners of the closed curve, LPS mm.

    Raises
    ------
    DataFault
        When a plane is drawn twice or as something else than a closed curve. When the planes do not
        lie above one another as they are named.
    """
    regions: dict[str, tuple[Point, ...]] = {}
    for markup in markups:
        name = region_name(markup.meaning)
        if name is None or name.level != level:
            continue
        if markup.type != "ClosedCurve":
            raise DataFault(
                f"Markup '{markup.name}' in {markup.source} is a {markup.type}; a region of "
                "interest is drawn as a ClosedCurve (in Slicer: Markups, Closed Curve): a box or "
                "a plane has no outline of its own."
            )
        if name.plane in regions:
            raise DataFault(
                f"Markup '{markup.name}' in {markup.source} draws the {name.plane} plane of "
                f"{level}, which another markup of the same reader draws already; one is expected."
            )
        regions[name.plane] = markup.points_lps_mm
    _check_order(level, regions)
    return regions


def _check_order(level: str, regions: Mapping[str, tuple[Point, ...]]) -> None:
    """Refuse planes named out of their order along their own mean normal.

    A lordotic L5's planes are oblique: z alone might order them otherwise.
    """
    drawn = [plane for plane in PLANES if plane in regions and len(regions[plane]) > 2]
    normals = [_normal_to_head(regions[plane]) for plane in drawn]
    for above, below in pairwise(drawn):
        step = [
            fmean(upper) - fmean(lower)
            for upper, lower in zip(
                zip(*regions[above], strict=True), zip(*regions[below], strict=True), strict=True
            )
        ]
        if all(_dot(normal, step) < 0 for normal in normals):
            raise DataFault(
                f"{level}_{above} lies below {level}_{below}. One of the two names is wrong, or "
                "the file's head and foot are exchanged."
            )


def _normal_to_head(corners: Sequence[Point]) -> Point:
    """Return the normal of a polygon, as long as twice its area (Newell), turned to the head."""
    following = [*corners[1:], corners[0]]
    x, y, z = (
        sum(
            first[i] * second[j] - first[j] * second[i]
            for first, second in zip(corners, following, strict=True)
        )
        for i, j in ((1, 2), (2, 0), (0, 1))
    )
    return (x, y, z) if z >= 0 else (-x, -y, -z)


def _dot(first: Sequence[float], second: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))
