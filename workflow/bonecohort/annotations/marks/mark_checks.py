"""Whether a reader's marks can be what they say on the image they were drawn on.

A length survives a wrong frame, a mirrored axis or a mistyped level; a position does not. What is
checked here needs positions alone, so that a job that reads a few lines stays light.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bonecohort.annotations.marks.markup import Markup, Point
    from bonecohort.images.grid import ImageGrid

OUTSIDE_TOLERANCE_MM = 0.5
"""By how much a point may lie outside the outermost voxels: a click at the image's rim."""
SAME_VERTEBRA_MM = 15.0
"""Half the least distance between the middles of two lumbar vertebrae. Two readers' marks of one
level that lie further apart along the spine are of two vertebrae.
"""

CROSSING_MM = 5.0
"""A vertebra's marks are wrong when they lie this far on the wrong side of its neighbour's. The
middles of two lumbar vertebrae are 25 mm apart or more.
"""

MarksOfLevels = dict[str, list["Markup"]]
"""Level → one reader's marks of it."""


def check_marks(
    by_reader: Mapping[str, MarksOfLevels], level: str, grid: ImageGrid | None, image: str
) -> None:
    """Refuse the marks of a level that contradict the image, each other or another reader's.

    Parameters
    ----------
    by_reader
        Every reader's marks of every level.
    grid
        Where the image lies; None when that is not known, and the marks alone are compared.
    image
        What a fault calls the image: ``CT``, ``sagittal T2``.

    Raises
    ------
    DataFault
        Marks of another frame of reference or series, or outside the image; levels out of their
        order from head to foot; readers who marked two vertebrae as one.
    """
    for marks in by_reader.values():
        own = marks.get(level, [])
        if grid is not None:
            check_on_image(own, grid, image)
        if own:
            check_level_order(level, marks)
    check_same_vertebra(level, by_reader)


def check_on_image(markups: Sequence[Markup], grid: ImageGrid, image: str) -> None:
    """Refuse marks tied to another frame or series than the image, or outside its voxels."""
    for markup in markups:
        what = f"Markup '{markup.name}' in {markup.source}"
        check_frame(what, markup.frame_of_reference, grid, image)
        if grid.series and markup.series and grid.series not in markup.series:
            raise DataFault(
                f"{what} refers to images that are not of the series of the {image} "
                "(SeriesInstanceUID); marks drawn on that series are expected, or that series "
                "listed as series_uid."
            )
        outside = [point for point in markup.points_lps_mm if not _inside(point, grid)]
        if outside:
            raise DataFault(
                f"{what} lies outside the {image}: its point at {_text(outside[0])} mm (LPS) is "
                f"not in {_extent(grid)}.{_hint(markups, grid)}"
            )


def check_frame(what: str, frame_of_reference: str, grid: ImageGrid, image: str) -> None:
    """Refuse what is tied to another frame of reference than the image's; compares digests."""
    if frame_of_reference and grid.frame_of_reference not in ("", frame_of_reference):
        raise DataFault(
            f"{what} has another frame of reference (FrameOfReferenceUID) than the {image}: its "
            f"coordinates are those of another scan; one drawn on this {image} is expected."
        )


def _inside(point: Point, grid: ImageGrid) -> bool:
    return grid.contains(point, OUTSIDE_TOLERANCE_MM)


def _hint(markups: Iterable[Markup], grid: ImageGrid) -> str:
    """Say when a wrong sign of x and y explains it: RAS read as LPS, or reversed."""
    points = [point for markup in markups for point in markup.points_lps_mm]
    if not all(_inside((-x, -y, z), grid) for x, y, z in points):
        return ""
    return (
        " With x and y negated all points of the vertebra fit the image: the file holds RAS where "
        "it says LPS, or LPS where it says RAS; correct its coordinateSystem."
    )


def _text(point: Point) -> str:
    return "(" + ", ".join(f"{value:.1f}" for value in point) + ")"


def _extent(grid: ImageGrid) -> str:
    ranges = zip("xyz", grid.extent_mm(), strict=True)
    text = ", ".join(f"{axis} {low:.1f} to {high:.1f}" for axis, (low, high) in ranges)
    return f"its voxels, which reach {text} mm"


def check_level_order(level: str, marks: MarksOfLevels) -> None:
    """Refuse a level whose marks lie on the wrong side of another level's, from head to foot."""
    own = _height_mm(marks[level])
    for other, others_marks in sorted(marks.items()):
        if other == level or own is None:
            continue
        height = _height_mm(others_marks)
        if height is None:
            continue
        above, below = sorted([(level, own), (other, height)])
        if above[1] < below[1] - CROSSING_MM:
            raise DataFault(
                f"The marks of {above[0]} in {marks[above[0]][0].source} lie below those of "
                f"{below[0]} (at z {above[1]:.1f} and {below[1]:.1f} mm, the head being up). One "
                "of the two levels has a wrong name."
            )


def check_same_vertebra(level: str, by_reader: Mapping[str, MarksOfLevels]) -> None:
    """Refuse a level that two readers marked on different vertebrae."""
    heights = {
        reader: height
        for reader, marks in by_reader.items()
        if (height := _height_mm(marks.get(level, []))) is not None
    }
    if not heights or max(heights.values()) - min(heights.values()) <= SAME_VERTEBRA_MM:
        return
    heights_text = ", ".join(f"reader {reader} {height:.1f}" for reader, height in heights.items())
    raise DataFault(
        f"The readers' marks of {level} lie on different vertebrae (z in mm: {heights_text}). "
        "Their levels must be counted alike."
    )


def _height_mm(markups: Sequence[Markup]) -> float | None:
    """Return the mean z of a vertebra's marks: of those that cross its middle where there are any.

    Others may lie at a rim of the body alone.
    """
    middle = [one for one in markups if one.meaning and one.meaning.form.crosses_middle]
    z = [point[2] for markup in middle or markups for point in markup.points_lps_mm]
    return fmean(z) if z else None
