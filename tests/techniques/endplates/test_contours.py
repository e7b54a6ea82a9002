"""Contours of defects of known width and depth, as readers click them and Slicer resamples them."""

from __future__ import annotations

import math
import random

import pytest

from bonecohort.faults import DataFault
from bonecohort.techniques.endplates.contours import contour_size_mm
from bonecohort.techniques.endplates.markups import read_level
from tests.annotations.marks.forms import mark

LEFT = (1.0, 0.0, 0.0)
READERS_NOISE_MM = (0.1, 0.2, 0.3)
EXTREME = 4.0
"""Standard deviations that the outermost of some dozens of points reach."""


def along(corners, *parts):
    """Return a closed polygon whose edges are parted: ``parts`` pieces each, points in between."""
    following = [*corners[1:], corners[0]]
    return [
        tuple(a + (b - a) * step / count for a, b in zip(start, end, strict=True))
        for start, end, count in zip(corners, following, parts, strict=True)
        for step in range(count)
    ]


def steep(width, depth, *parts, inset=0.0):
    """A defect with steep walls: the endplate, a wall, the bottom, a wall."""
    corners = [(0, 0), (width, 0), (width - inset, -depth), (inset, -depth)]
    return along(corners, *(parts or (1, 1, 1, 1)))


def bowl(width, depth, n_points, endplate_parts):
    """Half an ellipse, closed along the endplate."""
    angles = [math.pi * step / (n_points - 1) for step in range(n_points)]
    bottom = [(width / 2 * math.cos(a), -depth * math.sin(a)) for a in angles]
    return bottom + along([bottom[-1], bottom[0]], endplate_parts, 1)[1:-1]


def resampled(polygon, step_mm):
    """Return a polygon with a point every so many mm, as Slicer resamples a curve."""
    following = [*polygon[1:], polygon[0]]
    parts = [
        max(1, round(math.dist(start, end) / step_mm))
        for start, end in zip(polygon, following, strict=True)
    ]
    return along(polygon, *parts)


def drawn(flat, degrees=0.0, start=0, *, backwards=False, noise_mm=0.0, seed=0, name="L3_sup_1"):
    """Lay an outline into a sagittal plane, turned about the left-right axis."""
    noise, turn = random.Random(seed), math.radians(degrees)
    ordered = [*flat[start:], *flat[:start]][:: -1 if backwards else 1]
    points = []
    for u, v in ordered:
        x, y = u + noise.gauss(0, noise_mm), v + noise.gauss(0, noise_mm)
        points.append(
            (5.0, x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn))
        )
    return mark("ClosedCurve", f"{name}_contour", tuple(points), source="a.mrk.json")


def body_axis(degrees):
    turn = math.radians(degrees)
    return (0.0, -math.sin(turn), math.cos(turn))


SHAPES = {
    "rectangle": (steep(10, 3), (10, 3)),
    "rectangle, endplate in pieces": (steep(10, 3, 5, 1, 1, 1), (10, 3)),
    "rectangle, all in pieces": (steep(10, 3, 6, 2, 4, 2), (10, 3)),
    "rectangle, one point in between": (steep(10, 3, 2, 1, 3, 1), (10, 3)),
    "trapezoid": (steep(10, 3, 4, 1, 4, 1, inset=1), (10, 3)),
    "undercut": (steep(10, 3, 4, 1, 4, 1, inset=-1), (12, 3)),
    "semicircle": (bowl(10, 5, 21, 5), (10, 5)),
    "bowl": (bowl(10, 3, 15, 4), (10, 3)),
    "shallow": (bowl(10, 1, 15, 5), (10, 1)),
    "wedge": (along([(0, 0), (10, 0), (5, -4)], 4, 1, 1), (10, 4)),
    "resampled rectangle": (resampled(steep(10, 3), 0.25), (10, 3)),
    "resampled trapezoid": (resampled(steep(10, 3, inset=1), 0.3), (10, 3)),
    "resampled bowl": (bowl(10, 3, 101, 40), (10, 3)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("with_body", [True, False])
def test_points_on_one_line_are_one_edge_wherever_the_curve_begins(shape, with_body):
    flat, truth = SHAPES[shape]
    for number, start in enumerate(range(0, len(flat), max(1, len(flat) // 5))):
        degrees = 47.0 * number
        curve = drawn(flat, degrees, start, backwards=number % 2 == 1)
        axis = body_axis(degrees) if with_body else None
        assert contour_size_mm(curve, axis) == pytest.approx(truth, abs=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("noise_mm", READERS_NOISE_MM)
def test_a_readers_trembling_moves_a_contours_size_by_no_more(shape, noise_mm):
    flat, truth = SHAPES[shape]
    errors = []
    for seed in range(12):
        degrees = 30.0 * seed
        curve = drawn(flat, degrees, seed % len(flat), noise_mm=noise_mm, seed=seed)
        tilted = body_axis(degrees + 20 * math.sin(seed))  # a wedged body: not quite across
        size = contour_size_mm(curve, tilted)
        errors.append([found - true for found, true in zip(size, truth, strict=True)])
    allowed_mm = 0.2 + 2 * EXTREME * noise_mm  # width is the distance of two outermost points
    assert all(abs(error) <= allowed_mm for pair in errors for error in pair)
    means = [sum(values) / len(errors) for values in zip(*errors, strict=True)]
    assert all(abs(mean) <= 0.1 + EXTREME * noise_mm for mean in means)


@pytest.mark.parametrize("parts", [(1, 1, 1, 1), (3, 4, 3, 4), (3, 1, 2, 1)])
def test_a_wall_longer_than_the_endplate_is_not_taken_for_it(parts):
    deep = drawn(steep(6, 9, *parts), degrees=25)
    assert contour_size_mm(deep, body_axis(25)) == pytest.approx((6, 9), abs=1e-6)


@pytest.mark.parametrize("n_points", [9, 41])
def test_the_curved_wall_of_a_deep_defect_is_no_edge(n_points):
    assert contour_size_mm(drawn(bowl(6, 11, n_points, 1))) == pytest.approx((6, 11), rel=1e-6)


def line(name, *ends):
    return mark("Line", name, tuple((5.0, y, z) for y, z in ends), source="a.mrk.json")


BODY = (
    line("L3_body_width", (0, -13), (34, -13)),
    line("L3_body_height_1", (2, -26), (2, 0)),
    line("L3_body_height_2", (32, -26), (32, 0)),
)


def test_a_contour_deeper_than_wide_is_flagged_with_both():
    wide = read_level([*BODY, drawn(steep(10, 3, 4, 1, 4, 1))], "L3", "1", LEFT)
    deep = read_level([*BODY, drawn(steep(6, 9, 3, 4, 3, 4))], "L3", "1", LEFT)
    assert not wide.flags
    (flag,) = deep.flags
    assert "'L3_sup_1_contour' is 9.0 mm deep and 6.0 mm wide (no deeper than 1 times" in flag
    assert (deep.defects[0].width_mm, deep.defects[0].depth_mm) == pytest.approx((6, 9))


@pytest.mark.parametrize("points", [[(1, 1)] * 4, [(1, 1), (1, 1)]])
def test_a_curve_without_extent_is_a_fault(points):
    with pytest.raises(DataFault, match=r"all points in one place|2 placed points"):
        contour_size_mm(drawn(points))


def test_a_curve_of_thousands_of_points_is_measured_at_once():
    flat = resampled(steep(10, 3, inset=1), 0.005)
    assert len(flat) > 4000
    assert contour_size_mm(drawn(flat, noise_mm=0.001)) == pytest.approx((10, 3), abs=0.05)


def test_a_curve_that_runs_to_and_fro_a_thousand_times_is_refused_at_once():
    place = random.Random(1)
    flat = [(place.uniform(0, 20), place.uniform(-20, 0)) for _ in range(20_000)]
    with pytest.raises(DataFault, match=r"turns at \d+ places: one outline"):
        contour_size_mm(drawn(flat))
