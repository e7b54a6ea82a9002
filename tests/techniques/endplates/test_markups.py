from __future__ import annotations

import math

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.markups import (
    contour_size_mm,
    line_length_mm,
    read_level,
    unnamed_lines,
)
from tests.annotations.marks.forms import mark

LEFT = (1.0, 0.0, 0.0)


def line(name, length, x=0.0, **more):
    return mark("Line", name, ((x, 0.0, 0.0), (x, length, 0.0)), source="P1.mrk.json", **more)


def reading(*markups, level="L3"):
    return read_level(markups, level, "1", LEFT)


BODY = (
    line("L3_body_width", 34.0), line("L3_body_height_1", 27.0), line("L3_body_height_2", 26.0),
)  # fmt: skip


def test_lines_of_a_level_become_one_reading():
    found = reading(
        *BODY, line("L3_sup_1_width", 10.5), line("L3_sup_1_depth", 4.0), line("L2_body_width", 9.0)
    )
    (defect,) = found.defects
    assert (defect.endplate, defect.width_mm, defect.depth_mm) == ("superior", 10.5, 4.0)
    assert (found.body_width_mm, found.body_height_1_mm, found.body_height_2_mm) == (34, 27, 26)
    assert found.decimals is None


def test_a_level_nothing_speaks_of_has_no_reading():
    assert reading(*BODY, level="L1") is None


@pytest.mark.parametrize(
    ("markups", "message"),
    [
        ([line("L3_sup_1_width", 10.0)], "no depth"),
        ([line("L3_sup_1_widht", 10.0)], "'L3_sup_1_widht' in P1.mrk.json is not understood"),
        ([line("L3_body_width", 34.0), line("L3_body_width-1", 35.0)], "measures what another"),
        ([line("L3_body_width", 0.0)], "length of 0 mm"),
        ([line("L3_body_width", 34.0, stored_mm={"length": 3.4})], "check the units"),
        ([mark("Line", "L3_body_width", ((0, 0, 0),), source="f")], "1 placed points"),
    ],
)
def test_a_mark_that_cannot_be_right_is_a_fault_of_its_level(markups, message):
    with pytest.raises(DataFault, match=message):
        reading(*markups)


def test_a_stored_length_within_one_percent_is_accepted():
    assert line_length_mm(line("L3_body_width", 34.0, stored_mm={"length": 34.3})) == 34.0


def test_a_line_without_a_name_is_found():
    stray = mark("Line", "L-1", ((0, 0, 0), (0, 1, 0)), source="P1.mrk.json")
    assert unnamed_lines([stray]) == [stray]  # Slicer numbers its lines so: no level is meant
    assert unnamed_lines([mark("Line", "L", stray.points_lps_mm, source="P1.mrk.json")])
    assert not unnamed_lines([mark("Fiducial", "F", ((0, 0, 0),), source="P1.mrk.json")])


def test_marks_on_different_sagittal_slices_are_flagged():
    found = reading(*BODY, line("L3_sup_1_width", 10.0, x=4.4), line("L3_sup_1_depth", 4.0))
    assert found.flags == ("measured on more than one sagittal slice (4.4 mm apart)",)


def test_marks_on_one_oblique_slice_are_not_flagged():
    tilt = math.radians(10)
    normal = (math.cos(tilt), math.sin(tilt), 0.0)
    along = (-math.sin(tilt) * 40, math.cos(tilt) * 40, 0.0)
    oblique = mark("Line", "L3_body_width", ((0, 0, 0), along), source="f")
    assert read_level([oblique], "L3", "1", normal).flags == ()
    assert read_level([oblique], "L3", "1", LEFT).flags


def half_ellipse(width, depth, points, degrees):
    """A defect's outline: rims joined by the chord, the bottom a half ellipse, turned in-plane."""
    turn = math.radians(degrees)
    flat = [
        (width / 2 * math.cos(angle), depth * math.sin(angle))
        for angle in (math.pi * step / (points - 1) for step in range(points))
    ]
    return tuple(
        (5.0, u * math.cos(turn) - v * math.sin(turn), u * math.sin(turn) + v * math.cos(turn))
        for u, v in flat
    )


@pytest.mark.parametrize(("width", "depth"), [(12.0, 4.0), (6.0, 11.0)])
@pytest.mark.parametrize("degrees", [0, 25, 140])
def test_a_contour_is_measured_along_and_off_its_own_chord(width, depth, degrees):
    curve = mark("ClosedCurve", "L3_sup_1_contour", half_ellipse(width, depth, 41, degrees))
    assert contour_size_mm(curve) == pytest.approx((width, depth), rel=1e-6)


@pytest.mark.parametrize("stored", [math.nan, math.inf])
def test_a_stored_length_that_is_no_number_is_a_fault(stored):
    markup = mark("Line", "L3_body_width", ((0, 0, 0), (3, 4, 0)), stored_mm={"length": stored})
    with pytest.raises(DataFault, match="stores a length of"):
        line_length_mm(markup)
