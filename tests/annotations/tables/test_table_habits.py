"""Readings tables as radiologists type them."""

from __future__ import annotations

import datetime

import openpyxl
import pytest

from bonecohort.annotations.tables.headers import standard_table
from bonecohort.annotations.tables.rows import check_columns
from bonecohort.cohort.readings_tables import ReadingsTables
from bonecohort.faults import DataFault
from bonecohort.study.tables import read_table
from bonecohort.techniques.endplates.table import COLUMNS as ENDPLATE_COLUMNS
from bonecohort.techniques.endplates.table import read_endplate_rows
from bonecohort.techniques.hounsfield.table import COLUMNS as HU_COLUMNS
from bonecohort.techniques.hounsfield.table import WIDE as HU_WIDE
from bonecohort.techniques.hounsfield.table import read_hu_rows

ENDPLATE_HEADER = "participant_id,level,endplate,defect,width_mm,depth_mm"
BODY = ",body_width_mm,body_height_1_mm,body_height_2_mm"


def standard(path, required):
    wide = HU_WIDE if required is HU_COLUMNS else None
    table = standard_table(read_table(path), required, wide)
    check_columns(table, required)
    return table


def text_table(tmp_path, text, required):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return standard(path, required)


def hu(table):
    readings, faults = read_hu_rows(table, table.rows, "1")
    return {(r.level, r.plane): r.hu for r in readings}, [fault.reason for fault in faults]


def endplates(table):
    readings, faults = read_endplate_rows(table, table.rows, "1")
    return readings, [fault.reason for fault in faults]


def excel(tmp_path, rows, *merges):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merges:
        book.active.merge_cells(area)
    path = tmp_path / "t.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize(
    "header",
    [
        "Participant ID,LEVEL,Plane,HU",
        "participant-id,level,plane,HU (HU)",
        "ParticipantId, Level ,plane,hu [HU]",
    ],
)
def test_headers_differ_in_case_spaces_and_brackets(tmp_path, header):
    table = text_table(tmp_path, f"{header}\nP1,L3,upper,110\n", HU_COLUMNS)
    assert hu(table) == ({("L3", "upper"): 110.0}, [])


@pytest.mark.parametrize(
    "level", ["L-3", "l3 ", "L 3", "L\u00a03", "L\u20093", "L\u20113", "L_3", "\u200bL3"]
)
def test_a_level_is_read_however_its_parts_are_joined(tmp_path, level):
    table = text_table(
        tmp_path, f"participant_id;level;plane;hu\nP1;{level};upper;110\n", HU_COLUMNS
    )
    assert hu(table) == ({("L3", "upper"): 110.0}, [])


@pytest.mark.parametrize(
    ("word", "plane"),
    [("Superior", "upper"), ("sup.", "upper"), ("MID", "middle"), ("inferior", "lower")],
)
def test_planes_go_by_several_words(tmp_path, word, plane):
    table = text_table(tmp_path, f"participant_id,level,plane,hu\nP1,L3,{word},110\n", HU_COLUMNS)
    assert hu(table) == ({("L3", plane): 110.0}, [])


@pytest.mark.parametrize("word", ["sup", "Sup.", "upper", "SUPERIOR"])
def test_endplates_go_by_several_words(tmp_path, word):
    table = text_table(
        tmp_path, f"{ENDPLATE_HEADER}{BODY}\nP1,L3,{word},1,8,3,34,27,26\n", ENDPLATE_COLUMNS
    )
    (reading,), faults = endplates(table)
    assert (reading.defects[0].endplate, faults) == ("superior", [])


UNITS_IN_BRACKETS = (
    "participant_id,level,endplate,defect,Width (mm),depth [mm],Body width (mm),"
    "body height 1 (mm),body height 2 (mm)\n"
)
UNITS_BELOW = (
    "participant_id,level,endplate,defect,width,depth,body width,body height 1,body height 2\n"
    ",,,,mm,mm,(mm),mm,mm\n"
)


@pytest.mark.parametrize("header", [UNITS_IN_BRACKETS, UNITS_BELOW])
def test_units_stand_in_brackets_or_in_a_row_below(tmp_path, header):
    table = text_table(tmp_path, header + "P1,L3,superior,1,8.5,3,34,27,26\n", ENDPLATE_COLUMNS)
    (reading,), faults = endplates(table)
    assert (reading.defects[0].width_mm, reading.body_width_mm, faults) == (8.5, 34.0, [])


@pytest.mark.parametrize(
    "header",
    [
        UNITS_IN_BRACKETS.replace("Body width (mm)", "body width [cm]"),
        UNITS_BELOW.replace("(mm)", "cm"),
    ],
)
def test_lengths_in_other_units_are_refused(tmp_path, header):
    with pytest.raises(
        DataFault, match=r"body width.* is in cm; mm is expected, as column body_width_mm"
    ):
        text_table(tmp_path, header + "P1,L3,superior,1,8.5,3,3.4,27,26\n", ENDPLATE_COLUMNS)


def test_a_length_without_a_unit_is_no_length(tmp_path):
    header = UNITS_BELOW.splitlines()[0]
    with pytest.raises(DataFault, match=r"column width_mm, depth_mm, .* is missing"):
        text_table(tmp_path, header + "\nP1,L3,superior,1,8.5,3,34,27,26\n", ENDPLATE_COLUMNS)


def test_two_headers_of_one_meaning_are_refused(tmp_path):
    with pytest.raises(DataFault, match="columns 'hu' and 'HU' both mean hu"):
        text_table(tmp_path, "participant_id,level,plane,hu,HU\nP1,L3,upper,1,2\n", HU_COLUMNS)


def test_a_title_above_the_header_is_reported(tmp_path):
    with pytest.raises(DataFault, match="Row 3 looks like the header: delete the rows above"):
        text_table(
            tmp_path,
            "Readings 2024,,,\n\nParticipant ID,level,plane,hu\nP1,L3,upper,9\n",
            HU_COLUMNS,
        )


def test_faults_name_the_column_as_the_file_does(tmp_path):
    table = text_table(
        tmp_path, UNITS_IN_BRACKETS + "P1,L3,superior,1,-8,3,34,27,26\n", ENDPLATE_COLUMNS
    )
    assert "row 2, Width (mm): -8; a length above 0" in endplates(table)[1][0]


WIDE = "Participant ID,age,L1_upper,HU L1 middle,L1 lower (HU),L2_Superior,reader\n"


def test_one_column_a_plane_is_read_as_one_row_a_plane(tmp_path):
    table = text_table(tmp_path, WIDE + 'P1,60,110,"105,5",98,,B\nP2,61,x,1,2,3,A\n', HU_COLUMNS)
    readings, faults = read_hu_rows(
        table, [r for r in table.rows if r.get("participant_id") == "P1"], "1"
    )
    assert [(r.level, r.plane, r.hu, r.reader) for r in readings] == [
        ("L1", "upper", 110.0, "B"), ("L1", "middle", 105.5, "B"), ("L1", "lower", 98.0, "B"),
    ]  # fmt: skip
    assert not faults
    assert "row 3, L1_upper: 'x' is not a number" in hu(table)[1][0]


def test_a_vertebras_hu_without_its_plane_is_refused(tmp_path):
    with pytest.raises(DataFault, match="column 'HU L1' gives a vertebra's HU without its plane"):
        text_table(tmp_path, "participant_id,HU L1\nP1,110\n", HU_COLUMNS)
    with pytest.raises(DataFault, match="another one means the same"):
        text_table(tmp_path, "participant_id,L1_upper,L1 sup\nP1,110,1\n", HU_COLUMNS)


def test_a_merged_excel_cell_says_all_its_rows(tmp_path):
    rows = [
        [*HU_COLUMNS, None], ["P1", "L3", "upper", 110], [None, None, "middle", "105,5"],
        [None, None, "lower", 98.25], [None] * 4,
    ]  # fmt: skip
    table = standard(excel(tmp_path, rows, "A2:A4", "B2:B4"), HU_COLUMNS)
    assert {row.get("participant_id") for row in table.rows} == {"P1"}
    assert hu(table) == (
        {("L3", "upper"): 110.0, ("L3", "middle"): 105.5, ("L3", "lower"): 98.25}, [],
    )  # fmt: skip


def test_a_measure_merged_over_rows_is_refused(tmp_path):
    rows = [list(HU_COLUMNS), ["P1", "L3", "upper", 110], ["P1", "L3", "middle", None]]
    found, (reason,) = hu(standard(excel(tmp_path, rows, "D2:D3"), HU_COLUMNS))
    assert found == {("L3", "upper"): 110.0}
    assert "row 3, hu: 110 is merged with the row above" in reason


def test_a_title_merged_over_columns_fills_nothing(tmp_path):
    rows = [list(HU_COLUMNS), ["P1", None, None, None], ["P1", "L3", "upper", 110]]
    table = read_table(excel(tmp_path, rows, "A2:D2"))
    assert table.rows[0].cells == {
        "participant_id": "P1", "level": "", "plane": "", "hu": "",
    }  # fmt: skip


def test_a_date_that_excel_made_of_a_number_is_reported_as_such(tmp_path):
    day = datetime.datetime(2024, 6, 3, tzinfo=datetime.UTC).replace(tzinfo=None)
    rows = [
        [*ENDPLATE_HEADER.split(","), *BODY[1:].split(",")],
        ["P1", "L3", "sup", 1, day, 3, 34, 27, 26],
    ]
    _, (reason,) = endplates(standard(excel(tmp_path, rows), ENDPLATE_COLUMNS))
    assert "row 2, width_mm: '2024-06-03 00:00:00' is not a number but a date" in reason


@pytest.mark.parametrize("number", ["12%", "1.234,5", "1 234", "10.6 mm", "#N/A"])
def test_a_number_that_could_be_another_is_refused(tmp_path, number):
    table = text_table(
        tmp_path, f"participant_id;level;plane;hu\nP1;L3;upper;{number}\n", HU_COLUMNS
    )
    found, (reason,) = hu(table)
    assert not found
    assert f"row 2, hu: {number!r} is not a number" in reason


def test_a_typographic_minus_is_a_minus(tmp_path):
    table = text_table(
        tmp_path, "participant_id,level,plane,hu\nP1,L3,upper,\u221212\n", HU_COLUMNS
    )
    assert hu(table) == ({("L3", "upper"): -12.0}, [])


def test_a_row_without_an_id_is_a_fault_of_the_participant_above(tmp_path):
    (tmp_path / "t.csv").write_text(
        f"{ENDPLATE_HEADER}{BODY}\n"
        "P1,L3,superior,1,8,3,34,27,26\n,L4,superior,1,8,3,34,27,26\nP2,L3,,0,,,,,\n"
    )
    tables = ReadingsTables(tmp_path, ENDPLATE_COLUMNS)
    readings, faults = read_endplate_rows(*tables.rows("t.csv", "P1"), "1")
    assert [reading.level for reading in readings] == ["L3"]
    (fault,) = faults
    assert fault.level == "L4"
    assert "t.csv, row 3, participant_id: blank, below P1" in fault.reason
    assert len(tables.rows("t.csv", "P2")[1]) == 1


@pytest.mark.parametrize("width", ["1e400", "9" * 400])
def test_a_width_beyond_all_numbers_is_a_fault(tmp_path, width):
    text = f"{ENDPLATE_HEADER}{BODY}\nP1,L3,superior,1,{width},3,34,27,26\n"
    readings, faults = endplates(text_table(tmp_path, text, ENDPLATE_COLUMNS))
    assert readings == []
    assert "width_mm" in faults[0]
    assert "larger than any number" in faults[0]
