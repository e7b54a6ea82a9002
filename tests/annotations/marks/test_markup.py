"""Slicer Markups: read in LPS mm whatever the file says, and written so that Slicer opens them."""

from __future__ import annotations

import json

import jsonschema
import pytest

from bonecohort.annotations.marks.markup import Markup
from bonecohort.annotations.marks.read import read_reading
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.faults import DataFault
from tests.annotations.marks.forms import FORMS

from .slicer_writer import save_as_slicer


def write(path, *markups):
    path.write_text(json.dumps({"@schema": "…markups-schema-v1.0.3.json#", "markups": markups}))
    return path


def line(name="L3_sup_1_width", points=((0, 0, 0), (3, 4, 0)), **more):
    return {
        "type": "Line",
        "name": name,
        "controlPoints": [{"position": list(point)} for point in points],
    } | more


def test_coordinates_without_a_system_are_lps_mm(tmp_path):
    (markup,) = read_reading(write(tmp_path / "a.mrk.json", line()), FORMS).markups
    assert markup.points_lps_mm == ((0, 0, 0), (3, 4, 0))


def test_ras_coordinates_are_turned_to_lps(tmp_path):
    file = write(
        tmp_path / "a.mrk.json", line(points=[(1, 2, 3), (4, 5, 6)], coordinateSystem="RAS")
    )
    assert read_reading(file, FORMS).markups[0].points_lps_mm == ((-1, -2, 3), (-4, -5, 6))


@pytest.mark.parametrize(("unit", "length"), [("um", 0.003), (["cm", "UCUM", "centimeter"], 30)])
def test_units_are_converted(tmp_path, unit, length):
    file = write(tmp_path / "a.mrk.json", line(coordinateUnits=unit))
    assert read_reading(file, FORMS).markups[0].points_lps_mm[1][0] == pytest.approx(length)


def test_points_that_are_not_placed_are_left_out(tmp_path):
    markup = line()
    markup["controlPoints"].append({"position": [9, 9, 9], "positionStatus": "preview"})
    (read,) = read_reading(write(tmp_path / "a.mrk.json", markup), FORMS).markups
    assert len(read.points_lps_mm) == 2


def test_a_folder_is_read_file_by_file(tmp_path):
    write(tmp_path / "b.mrk.json", line("L2_body_width"))
    write(tmp_path / "a.mrk.json", line("L1_body_width"), line("L1_body_height_1"))
    (tmp_path / "notes.txt").write_text("not a markup")
    names = [markup.name for markup in read_reading(tmp_path, FORMS).markups]
    assert names == ["L1_body_width", "L1_body_height_1", "L2_body_width"]


def test_the_name_is_looked_for_in_name_then_labels_then_file(tmp_path):
    unnamed = line("L")
    by_label = line("L")
    for number, point in enumerate(by_label["controlPoints"]):
        point["label"] = f"L3_sup_1_depth-{number + 1}"
    write(tmp_path / "L3_upper.mrk.json", unnamed, by_label)
    first, second = read_reading(tmp_path / "L3_upper.mrk.json", FORMS).markups
    assert first.meaning.text == "L3_upper"
    assert second.meaning.text == "L3_sup_1_depth"


def test_one_named_point_names_its_line(tmp_path):
    markup = line("L")
    markup["controlPoints"][0]["label"] = "L3_sup_1_depth"
    markup["controlPoints"][1]["label"] = "L-2"
    (read,) = read_reading(write(tmp_path / "a.mrk.json", markup), FORMS).markups
    assert read.meaning.text == "L3_sup_1_depth"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not json", "not readable JSON"),
        ("[]", "no list 'markups'"),
        ('{"markups": [{"name": "x"}]}', "no 'type'"),
        (json.dumps({"markups": [line(coordinateSystem="XYZ")]}), "'XYZ'; LPS or RAS"),
        (json.dumps({"markups": [line(coordinateUnits="inch")]}), "'inch'; one of mm"),
        (json.dumps({"markups": [line(coordinateUnits=[["mm"]])]}), "one of mm"),
        (json.dumps({"markups": [line(coordinateSystem=["LPS"])]}), "LPS or RAS"),
        (json.dumps({"markups": [line(points=[(1, 2), (3, 4)])]}), "three numbers"),
        (json.dumps({"markups": [line(points=[(1, 2, None), (3, 4, 5)])]}), "three numbers"),
    ],
)
def test_what_cannot_be_understood_is_a_fault_with_file_and_value(tmp_path, content, message):
    path = tmp_path / "a.mrk.json"
    path.write_text(content)
    with pytest.raises(DataFault, match=message) as caught:
        read_reading(path, FORMS)
    assert "a.mrk.json" in caught.value.reason


def test_a_missing_file_and_an_empty_folder_are_faults(tmp_path):
    with pytest.raises(DataFault, match="does not exist"):
        read_reading(tmp_path / "none.mrk.json", FORMS)
    with pytest.raises(DataFault, match="holds no"):
        read_reading(tmp_path, FORMS)


def test_what_is_written_is_read_back_and_valid_for_slicer(tmp_path, shared_data):
    schema = json.loads((shared_data / "annotations/markups-schema-v1.0.3.json").read_text())
    markups = [
        Markup("ClosedCurve", "L3_upper", ((1.5, 2.25, -3.0), (4.0, 5.0, 6.0), (7.0, 8.0, 9.5))),
        Markup(
            "Line", "L3_body_width", ((0.0, 0.0, 0.0), (0.0, 34.5, 0.0)), stored_mm={"length": 34.5}
        ),
    ]
    path = tmp_path / "rois.mrk.json"
    write_markups(path, markups)
    jsonschema.validate(json.loads(path.read_text()), schema)
    read = read_reading(path, FORMS).markups
    assert [(m.type, m.name, m.points_lps_mm, m.stored_mm) for m in read] == [
        (m.type, m.name, m.points_lps_mm, m.stored_mm) for m in markups
    ]


def test_curves_as_slicer_saves_them_are_known_by_label_and_file(tmp_path, shared_data):
    """Slicer saves one file a curve and writes no name into it."""
    schema = json.loads((shared_data / "annotations/markups-schema-v1.0.3.json").read_text())
    curve = tuple((float(x), float(y), -3.5) for x, y in ((0, 0), (9, 0), (9, 7), (0, 7)))
    save_as_slicer(tmp_path, [Markup("ClosedCurve", "L3_upper", curve)])
    path = tmp_path / "L3_upper.mrk.json"
    content = json.loads(path.read_text())
    jsonschema.validate(content, schema)
    assert "name" not in content["markups"][0]
    (by_label,) = read_reading(tmp_path, FORMS).markups
    assert by_label.meaning.text == "L3_upper"
    assert by_label.points_lps_mm == curve
    for point in content["markups"][0]["controlPoints"]:
        point["label"] = "C-1"
    path.write_text(json.dumps(content))
    (by_file,) = read_reading(tmp_path, FORMS).markups
    assert by_file.meaning.text == "L3_upper"


NESTED = '{"markups":' * 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NESTED, "is not readable JSON"),
        (f'{{"markups": [{"9" * 5000}]}}', "has no 'type'"),
        ('{"markups": [{"type": "Line", "controlPoints": 3}]}', "controlPoints 3"),
        ('{"markups": [{"type": "Line", "measurements": true}]}', "measurements True"),
        *(
            (json.dumps({"markups": [line(points=[(0, 0, 0), (value, 0, 0)])]}), "control point at")
            for value in (10**400, 1e308, 10001, True, "3", None)
        ),
    ],
)
def test_damaged_content_is_a_short_reason(tmp_path, text, message):
    path = tmp_path / "a.mrk.json"
    path.write_text(text)
    with pytest.raises(DataFault, match=message) as caught:
        read_reading(path, FORMS)
    assert len(caught.value.reason) < 600


def test_a_name_holds_only_what_a_report_can(tmp_path):
    name = "L3_sup\ud800\x00_1_width" + "x" * 900
    (markup,) = read_reading(write(tmp_path / "a.mrk.json", line(name)), FORMS).markups
    assert markup.name.startswith("L3_sup_1_widthxx")
    assert len(markup.name) == 200
