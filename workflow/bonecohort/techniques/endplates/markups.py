"""Endplate measurements drawn as Slicer Markups on the sagittal T2, one reading a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.marks.markup import STORED_TOLERANCE, Markup, Point, distance_mm
from bonecohort.annotations.marks.names import level_in
from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.contours import contour_size_mm
from bonecohort.techniques.endplates.names import BodyName, DefectName, endplate_name
from bonecohort.techniques.endplates.reading import DefectReading, EndplateReading
from bonecohort.techniques.endplates.sides import body_axis, check_sides

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STORED_LENGTH = "length"
SAME_SLICE_MM = 2.5
"""Marks of one vertebra further apart than this across the slices are flagged."""
DRAWN = ("Line", "ClosedCurve")
LANDMARKS = ("Fiducial", "Angle", "Plane", "ROI", "Probe", "ArrowAnnotate", "CobbAngle")
"""Markups and tools of OHIF that measure no endplate, whatever they are called."""
MOST_DEPTH_OF_WIDTH = 1.0
"""A contour deeper than this share of its width is flagged."""


def unnamed_lines(markups: Iterable[Markup]) -> list[Markup]:
    """Return lines and closed curves whose names say neither level nor measure.

    Left out they would silently make a vertebra look normal.
    """
    return [
        markup
        for markup in markups
        if markup.type in DRAWN and markup.meaning is None and level_of_mark(markup) is None
    ]


def other_drawings(markups: Iterable[Markup]) -> list[Markup]:
    """Return drawings of another kind that may measure and say not what: open curves, tools."""
    return [
        markup
        for markup in markups
        if markup.type not in (*DRAWN, *LANDMARKS)
        and markup.meaning is None
        and level_of_mark(markup) is None
    ]


def marks_of_levels(markups: Iterable[Markup]) -> dict[str, list[Markup]]:
    """Return level → its endplate marks."""
    result: dict[str, list[Markup]] = {}
    for markup in markups:
        if level := level_of_mark(markup):
            result.setdefault(level, []).append(markup)
    return result


def read_level(
    markups: Sequence[Markup], level: str, reader: str, slice_normal_lps: Point
) -> EndplateReading | None:
    """Return what one reader's markups say of a level; None when none speaks of it.

    Raises
    ------
    DataFault
        When a name of the level cannot be read, or a mark has the wrong number of points. When it
        stores another length than that of its points. When a measure stands twice or is missing, or
        a mark does not lie at the endplate of its name.
    """
    own = [markup for markup in markups if level_of_mark(markup) == level]
    if not own:
        return None
    sizes: dict[str, float] = {}
    defects: dict[tuple[str, int], dict[str, float]] = {}
    flags: list[str] = []
    axis = body_axis(own)
    for markup in own:
        match endplate_name(markup.meaning):
            case BodyName(measure=measure):
                _put(sizes, f"{measure}_mm", line_length_mm(markup), markup)
            case DefectName(endplate=endplate, defect=defect, measure="contour"):
                width, depth = contour_size_mm(markup, axis)
                flags += _deep_flags(markup, width, depth)
                target = defects.setdefault((endplate, defect), {})
                _put(target, "width", width, markup)
                _put(target, "depth", depth, markup)
            case DefectName(endplate=endplate, defect=defect, measure=measure):
                target = defects.setdefault((endplate, defect), {})
                _put(target, measure, line_length_mm(markup), markup)
            case _:
                _refuse_unreadable(markup)
    check_sides(level, own)
    return EndplateReading(
        level,
        reader,
        defects=tuple(_defect(level, key, result) for key, result in sorted(defects.items())),
        body_width_mm=sizes.get("body_width_mm"),
        body_height_1_mm=sizes.get("body_height_1_mm"),
        body_height_2_mm=sizes.get("body_height_2_mm"),
        flags=(*_slice_flags(own, slice_normal_lps), *flags),
    )


def level_of_mark(markup: Markup) -> str | None:
    """Return the level an endplate mark speaks of, though the rest of its name be unreadable."""
    if name := endplate_name(markup.meaning):
        return name.level
    if markup.meaning is not None:  # of another technique, in a folder that serves both
        return None
    return None if markup.type in LANDMARKS else level_in(markup.name)


def _refuse_unreadable(markup: Markup) -> None:
    raise DataFault(
        f"Markup '{markup.name}' in {markup.source} is not understood; a name such as "
        "L3_sup_1_width, L3_sup_1_depth, L3_body_width or L3_body_height_1 is expected."
    )


def _put(target: dict[str, float], key: str, value: float, markup: Markup) -> None:
    if key in target:
        raise DataFault(
            f"Markup '{markup.name}' in {markup.source} measures what another markup of the same "
            "reader measures already; one is expected."
        )
    target[key] = value


def _defect(level: str, key: tuple[str, int], result: dict[str, float]) -> DefectReading:
    endplate, number = key
    for measure in ("width", "depth"):
        if measure not in result:
            raise DataFault(
                f"{level} {endplate} defect {number} has no {measure}; a line "
                f"{level}_{endplate[:3]}_{number}_{measure} is expected."
            )
    return DefectReading(
        "superior" if endplate == "superior" else "inferior",
        number,
        result["width"],
        result["depth"],
    )


def line_length_mm(markup: Markup) -> float:
    """Return a line's length in mm, from its two points.

    Raises
    ------
    DataFault
        When the markup is no line of two points, has no length, or stores another length.
    """
    if markup.type != "Line" or len(markup.points_lps_mm) != 2:
        raise DataFault(
            f"Markup '{markup.name}' in {markup.source} is a {markup.type} with "
            f"{len(markup.points_lps_mm)} placed points; a Line with two is expected."
        )
    length = distance_mm(*markup.points_lps_mm)
    if length == 0:
        raise DataFault(f"Markup '{markup.name}' in {markup.source} has a length of 0 mm.")
    stored = markup.stored_mm.get(STORED_LENGTH)
    if stored is not None and not abs(stored - length) <= STORED_TOLERANCE * length:  # NaN too
        raise DataFault(
            f"Markup '{markup.name}' in {markup.source} stores a length of {stored:.2f} mm, its "
            f"points are {length:.2f} mm apart; check the units of the file."
        )
    return length


def _deep_flags(contour: Markup, width_mm: float, depth_mm: float) -> list[str]:
    """Flag a contour deeper than wide, of which a wall may have been taken for the endplate."""
    if depth_mm <= MOST_DEPTH_OF_WIDTH * width_mm:
        return []
    text = (
        f"the defect drawn as '{contour.name}' is {depth_mm:.1f} mm deep and {width_mm:.1f} mm "
        f"wide (no deeper than {MOST_DEPTH_OF_WIDTH:g} times its width is expected); look whether "
        "its curve closes along the endplate"
    )
    return [text]


def _slice_flags(markups: Sequence[Markup], normal: Point) -> tuple[str, ...]:
    across = [
        sum(n * x for n, x in zip(normal, point, strict=True))
        for markup in markups
        for point in markup.points_lps_mm
    ]
    apart = max(across) - min(across) if across else 0.0
    if apart <= SAME_SLICE_MM:
        return ()
    return (f"measured on more than one sagittal slice ({apart:.1f} mm apart)",)
