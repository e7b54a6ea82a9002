"""Hounsfield regions a reader drew as Slicer closed curves, named ``L3_upper`` and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.names import RegionName
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.annotations.markups import Markup, Point


def read_regions(markups: Iterable[Markup], level: str) -> dict[str, tuple[Point, ...]]:
    """Return a level's regions: plane → corners of the closed curve, LPS mm.

    Raises
    ------
    DataFault
        When a plane is drawn twice or as something else than a closed curve.
    """
    regions: dict[str, tuple[Point, ...]] = {}
    for markup in markups:
        name = markup.annotation_name()
        if not isinstance(name, RegionName) or name.level != level:
            continue
        if markup.type != "ClosedCurve":
            raise DataFault(
                f"Markup '{markup.name}' in {markup.source} is a {markup.type}; a region of "
                "interest is drawn as a ClosedCurve."
            )
        if name.plane in regions:
            raise DataFault(
                f"Markup '{markup.name}' in {markup.source} draws the {name.plane} plane of "
                f"{level}, which another markup of the same reader draws already; one is expected."
            )
        regions[name.plane] = markup.points_lps_mm
    return regions
