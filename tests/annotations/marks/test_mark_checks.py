"""Marks that cannot be what they say, by where they lie."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bonecohort.annotations.marks.mark_checks import check_marks
from bonecohort.faults import DataFault
from bonecohort.images.grid import ImageGrid, uid_digest
from bonecohort.techniques.endplates.markups import marks_of_levels, read_level
from tests.annotations.marks.forms import mark, renamed

LEVELS = ("L1", "L2", "L3", "L4", "L5")
LEFT = (1.0, 0.0, 0.0)
GRID = ImageGrid(
    shape=(200, 220, 15),
    affine_lps=((0, 0, 4.0, -20.0), (1.0, 0, 0, -30.0), (0, -1.0, 0, 110.0), (0, 0, 0, 1.0)),
    frame_of_reference=uid_digest("1.2.3"),
    series=uid_digest("1.2.4"),
)
"""A sagittal image: x −22 to 38, y −30.5 to 169.5, z −109.5 to 110.5 mm."""


def turned(u, v, degrees):
    """A place in the body's plane: u to posterior, v to the head, the front turned down."""
    turn = math.radians(degrees)
    return u * math.cos(turn) - v * math.sin(turn), u * math.sin(turn) + v * math.cos(turn)


def body(level, name=None, tilt=None, **more):
    """All lines of a vertebra with a defect in either endplate; L1 tilts back, L5 forwards."""
    number = LEVELS.index(level)
    degrees = (-10, -5, 0, 12, 38)[number] if tilt is None else tilt
    name = name or level
    lines = {
        f"{name}_body_width": ((-17, 0), (17, 0)),
        f"{name}_body_height_1": ((-12, -13), (-12, 13)),
        f"{name}_body_height_2": ((12, -13), (12, 13)),
        f"{name}_sup_1_width": ((-15, 13), (-8, 13)),
        f"{name}_sup_1_depth": ((-11, 13), (-11, 8)),
        f"{name}_inf_1_width": ((8, -13), (15, -13)),
        f"{name}_inf_1_depth": ((11, -13), (11, -8)),
    }
    middle = (10 + 3 * number, 50 + 4 * number, 72 - 36 * number)

    def point(place):
        u, v = turned(*place, degrees)
        return (2.0, middle[1] + u, middle[2] + v)

    return [
        mark("Line", line, (point(first), point(last)), source="P1.mrk.json", **more)
        for line, (first, last) in lines.items()
    ]


def spine(**more):
    return [line for level in LEVELS for line in body(level, **more)]


def refused(*readers, grid=GRID):
    """The levels refused, and why."""
    by_reader = {str(n): marks_of_levels(marks) for n, marks in enumerate(readers, start=1)}
    reasons = {}
    for level in LEVELS:
        try:
            check_marks(by_reader, level, grid, "sagittal T2")
            for marks in readers:
                read_level(marks, level, "1", LEFT)
        except DataFault as fault:
            reasons[level] = fault.reason
    return reasons


def moved(markups, shift):
    return [
        replace(
            markup,
            points_lps_mm=tuple(
                tuple(a + b for a, b in zip(point, shift, strict=True))
                for point in markup.points_lps_mm
            ),
        )
        for markup in markups
    ]


def test_a_lordotic_spine_in_its_image_is_accepted():
    assert refused(spine(), moved(spine(), (4.0, 1.0, 3.0))) == {}
    tied = spine(frame_of_reference=GRID.frame_of_reference, series=frozenset({GRID.series}))
    assert refused(tied) == {}


@pytest.mark.parametrize("tilt", [-45, -30, 0, 30, 45])
def test_a_tilted_body_keeps_its_endplates(tilt):
    assert refused(body("L5", tilt=tilt)) == {}


def test_only_the_level_with_a_mark_outside_the_image_is_refused():
    marks = spine()
    marks[0] = replace(marks[0], points_lps_mm=((2.0, -40.0, 72.0), marks[0].points_lps_mm[1]))
    reasons = refused(marks)
    assert set(reasons) == {"L1"}
    assert "'L1_body_width' in P1.mrk.json lies outside the sagittal T2" in reasons["L1"]
    assert "(2.0, -40.0, 72.0) mm (LPS)" in reasons["L1"]
    assert "x -22.0 to 38.0, y -30.5 to 169.5, z -109.5 to 110.5" in reasons["L1"]
    assert "negated" not in reasons["L1"]


@pytest.mark.parametrize(("x", "accepted"), [(37.9, True), (38.4, True), (38.6, False)])
def test_a_mark_lies_within_half_a_slice_of_a_slice(x, accepted):
    assert (refused(moved(spine(), (x - 2.0, 0, 0))) == {}) is accepted


def test_coordinates_of_the_wrong_sign_are_reported_as_such():
    flipped = [
        replace(mark, points_lps_mm=tuple((-x, -y, z) for x, y, z in mark.points_lps_mm))
        for mark in spine()
    ]
    reasons = refused(flipped)
    assert set(reasons) == set(LEVELS)
    assert all("RAS where it says LPS" in reason for reason in reasons.values())


def test_marks_of_another_frame_or_series_are_refused():
    reasons = refused(spine(frame_of_reference=uid_digest("9.9")))
    assert set(reasons) == set(LEVELS)
    assert "FrameOfReferenceUID" in reasons["L1"]
    reasons = refused(spine(series=frozenset({uid_digest("9.8")})))
    assert "not of the series" in reasons["L1"]
    unknown = replace(GRID, frame_of_reference="", series="")
    assert refused(spine(frame_of_reference="a", series=frozenset({"b"})), grid=unknown) == {}


def test_two_levels_whose_names_are_exchanged_are_refused_and_no_other():
    marks = [*body("L1"), *body("L2", "L3"), *body("L3", "L2"), *body("L4"), *body("L5")]
    reasons = refused(marks, grid=None)
    assert set(reasons) == {"L2", "L3"}
    assert "The marks of L2 in P1.mrk.json lie below those of L3" in reasons["L3"]


def test_readers_who_count_levels_differently_are_refused():
    one_down = [line for n in range(4) for line in body(LEVELS[n], LEVELS[n + 1])]
    reasons = refused(spine(), one_down)
    assert set(reasons) == {"L2", "L3", "L4", "L5"}
    assert "reader 1 36.0, reader 2 72.0" in reasons["L2"]


@pytest.mark.parametrize(
    ("drawn_at", "name", "where"),
    [
        (("L3", "inf"), "L3_sup", "below"),
        (("L3", "sup"), "L3_inf", "above"),
        (("L2", "sup"), "L3_sup", "above"),
        (("L2", "inf"), "L3_inf", "above"),
        (("L4", "sup"), "L3_sup", "below"),
        (("L4", "inf"), "L3_inf", "below"),
    ],
)
def test_a_defect_named_after_another_endplate_is_refused(drawn_at, name, where):
    level, endplate = drawn_at
    stray = [
        renamed(mark, mark.name.replace(f"{level}_{endplate}", name))
        for mark in body(level)
        if mark.name.startswith(f"{level}_{endplate}")
    ]
    sound = [mark for mark in spine() if not mark.name.startswith(name)]
    reasons = refused([*sound, *stray])
    assert set(reasons) == {"L3"}
    assert f"{where} the middle of the body of L3" in reasons["L3"]


def test_width_and_heights_exchanged_are_refused():
    lines = {mark.name: mark for mark in body("L3")}
    width, height = lines["L3_body_width"], lines["L3_body_height_1"]
    exchanged = [
        renamed(height, "L3_body_width"),
        renamed(width, "L3_body_height_1"),
        renamed(width, "L3_body_height_2"),
    ]
    assert "Width and heights seem to be exchanged" in refused(exchanged)["L3"]
