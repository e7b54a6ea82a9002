from __future__ import annotations

import pytest

from bonecohort.annotations.marks.names import (
    BodyName,
    DefectName,
    RegionName,
    canonical_text,
    level_in,
    parse_name,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L3_sup_1_width", DefectName("L3", "superior", 1, "width")),
        ("l3-inf-2-depth", DefectName("L3", "inferior", 2, "depth")),
        ("L5 superior 1 contour", DefectName("L5", "superior", 1, "contour")),
        ("L3_sup_1_width-1", DefectName("L3", "superior", 1, "width")),
        ("L2_body_width", BodyName("L2", "body_width")),
        ("L2 Body Height 2", BodyName("L2", "body_height_2")),
        ("L2_body_height_1-3", BodyName("L2", "body_height_1")),
        ("L3_upper", RegionName("L3", "upper")),
        ("L3_upper-1", RegionName("L3", "upper")),
        ("L3_body_height", None),
        ("L3_sup_width", None),
        ("L-1", None),
        ("F", None),
        ("", None),
    ],
)
def test_a_name_says_level_site_and_measure(text, expected):
    assert parse_name(text) == expected


@pytest.mark.parametrize(
    ("text", "level"),
    [("L3_sup_1_widht", "L3"), ("l4 something", "L4"), ("T12", None), ("L", None), ("L_1", None)],
)
def test_the_level_of_an_unreadable_name_is_still_found(text, level):
    assert level_in(text) == level


@pytest.mark.parametrize(
    "text", ["L3_sup_1_width", "L5_inf_2_contour", "L2_body_height_1", "L3_upper"]
)
def test_a_parsed_name_is_written_as_it_was(text):
    assert canonical_text(parse_name(text)) == text
