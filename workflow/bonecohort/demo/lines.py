"""The line measurements a careful reader would have drawn on the demo's T2 images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations.marks.markup import Markup, Point, distance_mm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bonecohort.demo.mr import SagittalBody
    from bonecohort.demo.truth import Defect

HEIGHT_LINE_FRACTION = 0.35
"""The two heights are drawn this fraction of the body width before and behind its middle."""
COORDINATE_DECIMALS = 4

InPlane = tuple[float, float]
"""A place in a body's own plane: mm to posterior and mm to superior of its centre."""


def reader_lines(bodies: Sequence[SagittalBody]) -> list[Markup]:
    """Return the lines of every vertebra that has a defect, in LPS mm, in the bodies' plane.

    Each is as long as the reader's rounded reading; a normal vertebra gets none.
    """
    return [line for body in bodies if body.vertebra.defects for line in _lines_of_vertebra(body)]


def _lines_of_vertebra(body: SagittalBody) -> Iterator[Markup]:
    vertebra = body.vertebra
    for defect in vertebra.defects:
        yield from _lines_of_defect(body, defect)
    half_mm = vertebra.read_body_width_mm / 2
    yield _line(body, "body_width", (-half_mm, 0.0), (half_mm, 0.0))
    place_mm = HEIGHT_LINE_FRACTION * vertebra.body_width_mm
    places_mm = (-place_mm, place_mm)
    for number, (across_mm, height_mm) in enumerate(
        zip(places_mm, vertebra.read_body_heights_mm, strict=True), start=1
    ):
        ends = ((across_mm, -height_mm / 2), (across_mm, height_mm / 2))
        yield _line(body, f"body_height_{number}", *ends)


def _lines_of_defect(body: SagittalBody, defect: Defect) -> Iterator[Markup]:
    sign = 1.0 if defect.endplate == "superior" else -1.0
    prefix = f"{defect.endplate[:3]}_{defect.number}"
    edge_mm = sign * body.vertebra.body_height_mm / 2
    half_mm = defect.read_width_mm / 2
    middle_mm = defect.centre_mm
    ends = ((middle_mm - half_mm, edge_mm), (middle_mm + half_mm, edge_mm))
    yield _line(body, f"{prefix}_width", *ends)
    deepest_mm = edge_mm - sign * defect.read_depth_mm
    yield _line(body, f"{prefix}_depth", (middle_mm, edge_mm), (middle_mm, deepest_mm))


def _line(body: SagittalBody, name: str, first: InPlane, second: InPlane) -> Markup:
    points = (_point(body, first), _point(body, second))
    return Markup(
        type="Line",
        name=f"{body.vertebra.level}_{name}",
        points_lps_mm=points,
        stored_mm={"length": round(distance_mm(*points), COORDINATE_DECIMALS)},
    )


def _point(body: SagittalBody, place: InPlane) -> Point:
    x_mm, y_mm, z_mm = (round(value, COORDINATE_DECIMALS) for value in body.to_lps(*place))
    return (x_mm, y_mm, z_mm)
