"""Ellipses and circles of OHIF as closed curves: the outline, not the points that hold it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bonecohort.annotations.marks.ohif_outlines import outline_of
from bonecohort.annotations.marks.read import read_reading
from bonecohort.faults import DataFault
from bonecohort.techniques.hounsfield.markups import read_regions
from tests.annotations.marks.forms import FORMS, mark

HEADER = (
    "Patient ID,Patient Name,StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,Label,"
    "AnnotationType,FrameOfReferenceUID,points,max (HU),mean (HU),std (HU),Area,Unit"
)
CENTRE = np.array([-3.0, 20.0, -402.5])
ACROSS, ALONG = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.8, 0.6])
"""In-plane axes of an oblique view."""


def handles(first, second, *, turned=0.0, centre=CENTRE):
    """Bottom, top, left and right of an ellipse, as Cornerstone3D holds them."""
    cosine, sine = math.cos(turned), math.sin(turned)
    down, right = cosine * ALONG + sine * ACROSS, cosine * ACROSS - sine * ALONG
    ends = (centre - first * down, centre + first * down, centre - second * right,
            centre + second * right)  # fmt: skip
    return [tuple(float(value) for value in end) for end in ends]


def area_mm2(points):
    """Area of a planar polygon (Newell)."""
    corners = np.array(points)
    return np.linalg.norm(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)) / 2


@pytest.mark.parametrize("turned", [0.0, 0.4])
@pytest.mark.parametrize(("first", "second"), [(8, 12), (12, 8)])
def test_an_ellipse_is_sampled_on_its_outline(first, second, turned):
    outline = outline_of("EllipticalROI", handles(first, second, turned=turned))
    assert len(outline) >= 16
    inscribed = math.sin(2 * math.pi / len(outline)) / (2 * math.pi / len(outline))
    assert area_mm2(outline) == pytest.approx(math.pi * first * second * inscribed, rel=1e-9)
    away = np.array(outline) - CENTRE
    assert np.abs(away @ np.cross(ACROSS, ALONG)).max() < 1e-9
    distances = np.linalg.norm(away, axis=1)
    assert (distances.min(), distances.max()) == pytest.approx((8, 12))


def test_a_circle_is_its_centre_and_four_points_of_its_rim():
    points = [tuple(CENTRE), *handles(9, 9)]
    outline = np.array(outline_of("CircleROI", points))
    assert np.linalg.norm(outline - CENTRE, axis=1) == pytest.approx(9)
    assert outline_of("CircleROI", points[:2]) is None  # its plane is not stored


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)],
        [(0, 0, 0), (0, 0, 0), (-1, 0, 0), (1, 0, 0)],
        [(0, -1, 0), (0, 1, 0), (-1, -1, 0), (1, 1, 0)],
        handles(8, 12)[:3],
    ],
)
def test_points_of_no_ellipse_have_no_outline(points):
    assert outline_of("EllipticalROI", points) is None


def row(label, tool, points, delimiter=","):
    text = ";".join(" ".join(f"{value:.6f}" for value in point) for point in points)
    return ["ID", "DOE^J", "1", "1.2", "1.3", label, f"Cornerstone:{tool}", "1.9", text, "150",
            "101.5", "12", "300", "mm2"]  # fmt: skip


def test_an_export_gives_regions_of_interest(tmp_path):
    path = tmp_path / "m.csv"
    low = CENTRE - (0, 0, 20)
    rows = [row("L3_upper", "EllipticalROI", handles(8, 12)),
            row("L3_lower", "CircleROI", [tuple(low), *handles(9, 9, centre=low)]),
            row("no name", "EllipticalROI", handles(8, 12))]  # fmt: skip
    path.write_text("\n".join([HEADER, *(",".join(cells) for cells in rows)]))
    markups = read_reading(path, FORMS).markups
    assert [markup.type for markup in markups] == ["ClosedCurve", "ClosedCurve", "EllipticalROI"]
    regions = read_regions(markups, "L3")
    assert set(regions) == {"upper", "lower"}
    assert area_mm2(regions["upper"]) == pytest.approx(math.pi * 96, rel=0.01)


def test_what_is_no_outline_is_refused_as_the_tool_it_is():
    drawn = mark("CircleROI", "L3_upper", tuple(handles(8, 8)[:2]), source="m.csv")
    with pytest.raises(DataFault, match="is a CircleROI; a region of interest is drawn as a Clo"):
        read_regions([drawn], "L3")
