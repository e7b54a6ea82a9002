from __future__ import annotations

import json

import pytest

from bonecohort.annotations.marks.names import Form, Part, example_of_line, level_in, parse_name
from bonecohort.techniques.endplates.names import BodyName, DefectName, endplate_name
from bonecohort.techniques.hounsfield.names import RegionName, region_name

from .forms import FORMS, NAMES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L3_sup_1_width", DefectName("L3", "superior", 1, "width")),
        ("l3-inf-2-depth", DefectName("L3", "inferior", 2, "depth")),
        ("L5 superior 1 contour", DefectName("L5", "superior", 1, "contour")),
        ("L5_INFERIOR_007_contour", DefectName("L5", "inferior", 7, "contour")),
        ("L3_sup_1_width-1", DefectName("L3", "superior", 1, "width")),
        ("L2_body_width", BodyName("L2", "body_width")),
        ("L2 Body Height 2", BodyName("L2", "body_height_2")),
        ("L2_body_height_1-3", BodyName("L2", "body_height_1")),
        ("L3_upper", RegionName("L3", "upper")),
        ("L3_upper-1", RegionName("L3", "upper")),
        ("L3_body_height", None),
        ("L3_sup_width", None),
        ("L3_sup_1000_width", None),
        ("L-1", None),
        ("F", None),
        ("", None),
    ],
)
def test_a_name_says_level_site_and_measure(text, expected):
    name = parse_name(text, FORMS)
    assert (endplate_name(name) or region_name(name)) == expected


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
    assert parse_name(text, FORMS).text == text


def test_a_job_is_reported_the_forms_as_they_are_declared():
    assert tuple(Form.of_record(record) for record in json.loads(json.dumps(NAMES))) == FORMS


def test_every_form_reads_its_own_example_and_no_other_reads_it():
    for form in FORMS:
        assert [one for one in FORMS if parse_name(form.example(), [one])] == [form]
    assert len({form.name for form in FORMS}) == len(FORMS)
    assert example_of_line(FORMS) == "L3_sup_1_width"


def test_a_form_of_a_technique_to_come_is_read_by_its_declaration_alone():
    fat = Form("fat region", (Part((("fat",),)), Part(digits=2)), "region")
    name = parse_name("l2 FAT 04-1", [*FORMS, fat])
    assert (name.form, name.text) == (fat, "L2_fat_4")
    assert endplate_name(name) is region_name(name) is None
