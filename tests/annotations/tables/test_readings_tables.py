"""Rows of hu_table and endplate_table: what they say, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bonecohort.faults import DataFault
from bonecohort.study.cells import Table
from bonecohort.study.tables import read_table
from bonecohort.techniques.endplates.table import read_endplate_rows
from bonecohort.techniques.hounsfield.table import read_hu_rows

HU_HEADER = "participant_id,level,plane,hu\n"
ENDPLATE_HEADER = (
    "participant_id,level,endplate,defect,width_mm,depth_mm,body_width_mm,body_height_1_mm,"
    "body_height_2_mm\n"
)


def table(tmp_path, text) -> Table:
    path = tmp_path / "readings.csv"
    path.write_text(text)
    read = read_table(path)
    return Table(Path("readings.csv"), read.columns, read.rows)


def hu(tmp_path, *rows):
    read = table(tmp_path, HU_HEADER + "\n".join(rows) + "\n")
    return read_hu_rows(read, read.rows, "1")


def endplates(tmp_path, *rows):
    read = table(tmp_path, ENDPLATE_HEADER + "\n".join(rows) + "\n")
    return read_endplate_rows(read, read.rows, "1")


@pytest.mark.parametrize("hu_value", [-60, -50, 0, 30, 350, 480, 700])
def test_fatty_and_sclerotic_bone_is_read(tmp_path, hu_value):
    (reading,), faults = hu(tmp_path, f"P1,L3,upper,{hu_value}")
    assert (reading.hu, faults) == (hu_value, [])


@pytest.mark.parametrize(
    ("offset", "told"),
    [(1000, "1000 or 1024 may have been added"), (1024, "added"), (-1000, "taken away"),
     (-1024, "1000 or 1024 may have been taken away")],
)  # fmt: skip
def test_a_participant_whose_readings_are_all_shifted_is_reported_once(tmp_path, offset, told):
    values = {"L1": 110, "L2": -50, "L3": 260, "L4": 20, "L5": 95}
    with pytest.raises(DataFault) as caught:
        hu(tmp_path, *[f"P1,{level},upper,{value + offset}" for level, value in values.items()])
    for part in ("all 5 HU readings", f"{offset - 50} to {offset + 260}", "-150 to 800", told):
        assert part in caught.value.reason


def test_a_level_that_alone_is_shifted_is_refused_alone(tmp_path):
    readings, (fault,) = hu(tmp_path, "P1,L1,upper,110", "P1,L2,upper,1110")
    assert [reading.level for reading in readings] == ["L1"]
    assert fault.level == "L2"


def test_hu_rows_are_read_as_people_type_them(tmp_path):
    readings, faults = hu(tmp_path, "P1,l-3,Upper,110", 'P1,L3,middle,"109,5"')
    assert not faults
    assert [(r.level, r.plane, r.hu) for r in readings] == [
        ("L3", "upper", 110),
        ("L3", "middle", 109.5),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("P1,L7,upper,100", "row 2, level: 'L7'; L1 to L5"),
        ("P1,L3,top,100", "row 2, plane: 'top'; upper, middle, lower"),
        ("P1,L3,upper,", "row 2, hu: blank"),
        ("P1,L3,upper,high", "row 2, hu: 'high' is not a number"),
        ("P1,L3,upper,9000", "row 2, hu: 9000; a region of trabecular bone has -150 to 800"),
        ("P1,L3,upper,1101", "row 2, hu: 1101; a region of trabecular bone has -150 to 800"),
        ("P1,L3,upper,-914", "row 2, hu: -914; a region of trabecular bone has -150 to 800"),
    ],
)
def test_a_bad_hu_row_is_a_fault_with_row_and_value(tmp_path, row, message):
    readings, (fault,) = hu(tmp_path, row)
    assert not readings
    assert message in fault.reason


def test_a_plane_read_twice_by_one_reader_is_a_fault(tmp_path):
    readings, faults = hu(tmp_path, "P1,L3,upper,100", "P1,L3,upper,130")
    assert len(readings) == 1
    assert "stands also in row 2" in faults[0].reason


def test_a_defect_row_is_read_with_its_precision(tmp_path):
    (reading,), faults = endplates(tmp_path, "P1,L3,superior,1,10.6,4.25,34,27,26")
    assert not faults
    assert reading.defects[0].width_mm == 10.6
    assert reading.decimals == 2


def test_defect_zero_says_normal(tmp_path):
    (reading,), _ = endplates(tmp_path, "P1,L3,superior,0,,,34,27,26")
    assert (reading.assessable, reading.defects) == (True, ())


def test_not_assessable_is_its_own_state(tmp_path):
    (reading,), _ = endplates(tmp_path, "P1,L3,not_assessable,0,,,,,")
    assert not reading.assessable


def test_body_sizes_on_several_rows_are_averaged_and_flagged_when_apart(tmp_path):
    (reading,), _ = endplates(
        tmp_path, "P1,L3,superior,1,8,3,34,27,26", "P1,L3,inferior,1,8,3,35.5,27,26"
    )
    assert reading.body_width_mm == 34.75
    assert reading.flags == ("body_width_mm differs between rows by 1.5 mm (limit 1)",)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["P1,L3,superior,1,-8,3,34,27,26"], "row 2, width_mm: -8; a length above 0"),
        (["P1,L3,superior,1,8,,34,27,26"], "row 2, depth_mm: blank"),
        (["P1,L3,top,1,8,3,34,27,26"], "row 2, endplate: 'top'"),
        (["P1,L3,superior,one,8,3,34,27,26"], "row 2, defect: 'one'"),
        (["P1,L3,superior,1.5,8,3,34,27,26"], "row 2, defect: '1.5'"),
        (["P1,L3,superior,0,8,3,34,27,26"], "with defect 0"),
        (["P1,L3,superior,1,8,3,34,27,26"] * 2, "stands more than once"),
        (["P1,L3,not_assessable,,,,,,", "P1,L3,superior,1,8,3,34,27,26"], "also measured"),
    ],
)
def test_a_bad_row_spoils_its_level_and_no_other(tmp_path, rows, message):
    readings, (fault,) = endplates(tmp_path, *rows, "P1,L4,superior,1,8,3,34,27,26")
    assert [reading.level for reading in readings] == ["L4"]
    assert fault.level == "L3"
    assert message in fault.reason


def test_a_row_with_an_unquoted_decimal_comma_spoils_its_own_level_only(tmp_path):
    readings, (fault,) = hu(tmp_path, "P1,L3,upper,109,5", "P1,L4,upper,110")
    assert fault.level == "L3"
    assert "row 2: 5 cells" in fault.reason
    assert [reading.level for reading in readings] == ["L4"]
    readings, (fault,) = endplates(tmp_path, "P1,L3,superior,1,10,2,5,0,34,27,26", "P1,L4,,0,,,,,")
    assert fault.level == "L3"
    assert [reading.level for reading in readings] == ["L4"]


def test_zeros_say_normal_as_blanks_do(tmp_path):
    (reading,), faults = endplates(tmp_path, "P1,L3,superior,0,0,0.0,34,27,26")
    assert not faults
    assert (reading.defects, reading.body_width_mm) == ((), 34)


def test_a_level_may_be_reported_unreadable_once_an_endplate(tmp_path):
    (reading,), faults = endplates(
        tmp_path, "P1,L3,not_assessable,,,,,,", "P1,L3,not assessable,0,,,,,"
    )
    assert not faults
    assert not reading.assessable


def test_what_could_not_be_read_has_no_size(tmp_path):
    _, (fault,) = endplates(tmp_path, "P1,L3,not_assessable,1,5,2,34,27,26")
    assert "'not_assessable' and also measured" in fault.reason


@pytest.mark.parametrize(
    ("reader", "message"), [("mean", "names the readers' mean"), ("", "listed for several readers")]
)
def test_every_row_has_one_reader(tmp_path, reader, message):
    read = table(tmp_path, HU_HEADER.replace("\n", ",reader\n") + f"P1,L3,upper,100,{reader}\n")
    _, (fault,) = read_hu_rows(read, read.rows, "")
    assert (fault.level, message in fault.reason) == ("L3", True)
