"""Tables as programs save them: read, or refused by file and row with what to do."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
import zipfile

import openpyxl
import pytest

from bonecohort.cli import main
from bonecohort.faults import DataFault, StudyFault
from bonecohort.study import cells, tables
from bonecohort.study.study import load_study
from bonecohort.study.tables import read_table

ROWS = [["participant_id", "age_years"], ["P001", 70], ["P002", 61]]
COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
CPU_S = 20
MEGABYTES = 400


def workbook(path, sheets):
    """Write a workbook: title → rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return book


def replaced(path, part, old, new):
    """Change the bytes of one part of a workbook."""
    content = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            assert name != part or old in text
            after.writestr(name, text.replace(old, new) if name == part else text)


def reason(path):
    with pytest.raises(DataFault) as fault:
        read_table(path)
    assert str(path) in fault.value.reason
    return fault.value.reason


def zipped(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"content")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.xls", COMPOUND_FILE, "old Excel (.xls); open it in Excel or LibreOffice and save it"),
        ("p.csv", COMPOUND_FILE, "old Excel (.xls)"),
        ("p.xlsx", COMPOUND_FILE + "EncryptedPackage".encode("utf-16-le"), "with a password"),
        ("p.xls", b"\x09\x08\x08\x00\x00\x05\x10\x00" + bytes(40), "very old Excel"),
        ("p.xls", b"\r\n<html><body><table><tr><td>participant_id", "web page or XML"),
        ("p.xls", "\ufeff<!DOCTYPE html>".encode(), "web page or XML"),
        ("p.xls", "<table>".encode("utf-16"), "web page or XML"),
        ("p.xml", b'<?xml version="1.0"?><Workbook/>', "web page or XML"),
        ("p.csv", b"%PDF-1.7", "a PDF"),
        ("p.csv", b"\x1f\x8b\x08", "gzip"),
        ("p.csv", "participant_id\n".encode("utf-16-le"), "UTF-16 text without its mark"),
        ("p.csv", "participant_id\n".encode("utf-32"), "UTF-32"),
        ("p.xlsx", b"participant_id,age_years\n", "not a readable Excel workbook"),
        ("~$p.xlsx", b"\x05owner" + bytes(50), "the table is p.xlsx"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_reported_with_what_to_do(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    assert told.removeprefix("very ") in reason(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "parts", "told"),
    [
        ("p.xlsb", ["[Content_Types].xml", "xl/workbook.bin"], "binary workbook (.xlsb)"),
        ("p.ods", ["mimetype", "content.xml"], "OpenDocument file (.ods)"),
        ("p.numbers", ["Index/Document.iwa"], "Numbers; export it as Excel or as CSV"),
        ("p.zip", ["participants.csv"], "zip archive without a workbook"),
    ],
)
def test_workbooks_of_other_formats_are_reported(tmp_path, name, parts, told):
    zipped(tmp_path / name, parts)
    assert told in reason(tmp_path / name)
    (tmp_path / name).rename(tmp_path / "p.xlsx")
    assert told in reason(tmp_path / "p.xlsx")


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("euc_kr", "남,여,고혈압,당뇨병"),
        ("euc_jp", "男,女,高血圧,あり,なし"),
        ("shift_jis", "男,女,高血圧,あり,なし"),
        ("big5", "男,女,高血壓,編號"),
        ("cp1252", "männlich,weiblich,Übergröße"),
        ("cp1251", "пол,возраст,мужской"),
        ("gb18030", "龘,女"),
    ],
)
def test_an_encoding_that_is_not_clear_is_reported_with_its_row(tmp_path, encoding, words):
    path = tmp_path / "p.csv"
    path.write_bytes(f"participant_id,note\r\nP001,\r\nP002,{words}\r\n".encode(encoding))
    told = reason(path)
    assert "row 3: not UTF-8 text" in told
    assert "save the table as 'CSV UTF-8', or as .xlsx" in told


@pytest.mark.parametrize("words", ["腰椎手术史", "71岁,男", "否认高血压、糖尿病，服用胺碘酮"])
@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_chinese_text_of_excel_is_read_and_reported(tmp_path, encoding, words):
    path = tmp_path / "p.csv"
    path.write_bytes(f"participant_id,a,b\r\nP002,{words}\r\n".encode(encoding))
    table = read_table(path)
    assert ",".join(filter(None, table.rows[0].cells.values())) == f"P002,{words}"
    (note,) = table.notes
    assert note == f"{path}: this is no UTF-8 text; it was read as Chinese text in GB18030 (GBK)."


def test_unicode_text_needs_no_note(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("participant_id,性别\nP001,男\n", encoding="utf-8")
    assert read_table(path).notes == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_text_of_excel_is_read_whatever_it_is_called(tmp_path, encoding, delimiter):
    path = tmp_path / "p.xls"
    text = f"participant_id{delimiter}name\r\nP001{delimiter}骨质\r\n"
    path.write_bytes(text.encode(encoding))
    (row,) = read_table(path).rows
    assert (row.number, row.cells) == (2, {"participant_id": "P001", "name": "骨质"})


@pytest.mark.parametrize("first", ["sep=|\n", '"sep=|"\r\n', "SEP=|\n"])
def test_the_line_that_says_excel_the_delimiter_is_no_header(tmp_path, first):
    path = tmp_path / "p.csv"
    path.write_text(f"{first}participant_id|note\nP001|a,b;c\n", newline="")
    (row,) = read_table(path).rows
    assert (row.number, row.get("note")) == (3, "a,b;c")


def test_a_quote_that_is_not_closed_is_reported_by_its_row(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text('participant_id,note\nP001,"12 cm\nP002,x\n' + "P003,y\n" * 40_000)
    assert "a quote that opens in row 2 may not be closed" in reason(path)


FORMULA = [["participant_id", "age_years", "hu"], ["P001", 70, "=B2*2"]]


def test_a_formula_that_nobody_calculated_is_no_missing_value(tmp_path):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Sheet": FORMULA})
    (row,) = read_table(path).rows
    assert row.get("hu") == "=B2*2"
    with pytest.raises(ValueError, match="a formula that was never calculated; open the file"):
        cells.parse_number(row.get("hu"))


@pytest.mark.parametrize(
    ("cell", "on_load", "value"),
    [
        (b'<c r="C2"><f>B2*2</f><v>140</v></c>', False, "140"),
        (b'<c r="C2"><f>B2*2</f><v>140</v></c>', True, "140"),
        (b'<c r="C2"><f>B2*0</f><v>0</v></c>', False, "0"),
        (b'<c r="C2"><f>B2*2</f><v>0</v></c>', True, "=B2*2"),  # XlsxWriter's placeholder
        (b'<c r="C2"><f>B2*2</f></c>', False, "=B2*2"),
        (b'<c r="C2" t="str"><f>IF(B2&gt;0,"","x")</f><v></v></c>', True, ""),
        (b'<c r="C2" t="e"><f>B2/0</f><v>#DIV/0!</v></c>', True, "#DIV/0!"),
        (b'<c r="C2"><f t="shared" si="0"/></c>', False, "="),
    ],
)
def test_a_formula_has_the_value_that_a_spreadsheet_program_left(tmp_path, cell, on_load, value):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Sheet": FORMULA})
    replaced(path, "xl/worksheets/sheet1.xml", b'<c r="C2"><f>B2*2</f><v></v></c>', cell)
    if not on_load:
        replaced(path, "xl/workbook.xml", b' fullCalcOnLoad="1"', b"")
    assert read_table(path).rows[0].get("hu") == value


def test_an_error_of_excel_and_a_date_are_reported_as_such():
    for text in ("#N/A", "#DIV/0!", "#REF!", "#BEZUG!", "#N/V"):
        with pytest.raises(ValueError, match="is not a number but an error of Excel's"):
            cells.parse_number(text)
    with pytest.raises(ValueError, match="is not a number but a date"):
        cells.parse_number("2024-06-03 00:00:00")


def test_the_first_visible_sheet_is_read(tmp_path):
    path = tmp_path / "p.xlsx"
    book = workbook(path, {"old": [["participant_id"], ["P009"]], "now": ROWS, "codes": [["M", 1]]})
    book["old"].sheet_state = "hidden"
    book.save(path)
    assert [row.get("participant_id") for row in read_table(path).rows] == ["P001", "P002"]


def test_a_cover_sheet_is_reported(tmp_path):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Cover": [["A study"], ["2024"]], "Data": ROWS})
    assert "'Cover', has no column participant_id, sheet 'Data' has: move" in reason(path)


def test_a_table_in_several_sheets_is_not_read_in_part(tmp_path):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Site A": ROWS, "Site B": [["A title"], *ROWS]})
    assert "sheets 'Site A', 'Site B' all have a column participant_id" in reason(path)


@pytest.mark.parametrize("merge", [True, False])
def test_rows_above_the_header_are_reported(study, merge):
    path = study.path / "config/participants.xlsx"
    book = workbook(path, {"Sheet": [["某某医院骨质疏松研究"], [], *ROWS]})
    if merge:
        book.active.merge_cells("A1:C1")
        book.save(path)
    study.write("config/config.yaml", "participants: config/participants.xlsx\n")
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = fault.value.problems
    assert problem.startswith("config/participants.xlsx")
    assert "Row 3 looks like the header: delete the rows above it." in problem


def test_a_title_above_a_text_table_is_reported_whatever_its_delimiter(study):
    study.write("config/participants.tsv", "Our study\n\nparticipant_id;age_years\nP001;3\n")
    study.write("config/series.tsv", "Files\nparticipant_id\tkind\tpath\nP001\tct\tx\n")
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    first, second = fault.value.problems
    assert "participants.tsv" in first and "Row 3 looks like the header" in first  # noqa: PT018
    assert "series.tsv" in second and "Row 2 looks like the header" in second  # noqa: PT018


@pytest.mark.parametrize("area", ["B1:C1", "A1:A2"])
def test_a_header_of_merged_cells_is_reported(tmp_path, area):
    path = tmp_path / "p.xlsx"
    rows = [["participant_id", "HU", None], [None, "upper", "lower"], ["P001", 90, 80]]
    book = workbook(path, {"Sheet": rows})
    book.active.merge_cells(area)
    book.save(path)
    assert "row 1: the header has merged cells" in reason(path)


# ---- sizes -------------------------------------------------------------------------------------


@pytest.fixture
def quick():
    """Fail a test that computes long; how long it waits for others is the machine's affair."""
    begun_s = time.process_time()
    yield
    assert time.process_time() - begun_s < CPU_S


@pytest.fixture
def frugal(quick):
    """Fail a test that takes long, or more memory than a workstation spares."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEGABYTES * 1e6


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576"])
def test_a_cell_in_the_far_corner_is_reported(tmp_path, cell):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Sheet": ROWS})
    book = openpyxl.load_workbook(path)
    book.active[cell] = "x"
    book.save(path)
    if cell.startswith("A"):
        assert read_table(path).rows[-1].number == 1048576
    else:
        assert "row 1048576: 16,384 columns" in reason(path)


@pytest.mark.usefixtures("frugal")
@pytest.mark.parametrize("area", ["A2:A1048576", "A2:XFD1048576", "B1:B1048576"])
def test_cells_merged_over_whole_columns_cost_nothing(tmp_path, area):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Sheet": ROWS})
    merged = f'</sheetData><mergeCells><mergeCell ref="{area}"/></mergeCells>'.encode()
    replaced(path, "xl/worksheets/sheet1.xml", b"</sheetData>", merged)
    if "1:" in area:
        assert "row 1: the header has merged cells" in reason(path)
    else:
        first = "P001" if ":A" in area else "P002"
        assert read_table(path).rows[1].get("participant_id") == first


@pytest.mark.usefixtures("frugal")
def test_a_workbook_that_unpacks_to_gigabytes_is_refused_before(tmp_path):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Sheet": ROWS})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(300):
            part.write(b"<si/>" * 200_000)
    assert "unpacks to 300 MB; at most 200 MB" in reason(path)


@pytest.mark.usefixtures("quick")
def test_entities_that_unfold_are_a_damaged_workbook(tmp_path):
    path = tmp_path / "p.xlsx"
    workbook(path, {"Sheet": ROWS})
    bomb = b"<!DOCTYPE x [<!ENTITY a0 'lol'>" + b"".join(
        b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
    ) + b"]><worksheet"  # fmt: skip
    replaced(path, "xl/worksheets/sheet1.xml", b"<worksheet", bomb)
    replaced(path, "xl/worksheets/sheet1.xml", b"P001", b"&a11;")
    assert "not a readable Excel workbook" in reason(path)


@pytest.mark.usefixtures("frugal")
def test_more_columns_than_a_table_has_are_reported(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("participant_id," + ",".join(f"c{n}" for n in range(100_000)) + "\nP001\n")
    assert "row 1: 100,001 columns; at most 2,000" in reason(path)


@pytest.mark.usefixtures("frugal")
def test_a_file_larger_than_any_table_is_not_read(tmp_path):
    path = tmp_path / "p.csv"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    assert "1,000 MB; a table of at most 100 MB" in reason(path)


@pytest.mark.usefixtures("frugal")
def test_a_line_without_end_is_reported(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("participant_id,age_years\n" + "P001," * 4_000_000)
    assert "row 2: a line of more than 1,000,000 characters" in reason(path)


@pytest.mark.usefixtures("frugal")
def test_more_cells_than_a_table_has_are_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_CELLS", 1000)
    path = tmp_path / "p.csv"
    path.write_text("participant_id,age_years\n" + "P001,3\n" * 1000)
    assert "row 501: more than 1,000 cells" in reason(path)


@pytest.mark.usefixtures("frugal")
def test_a_pipe_or_device_is_never_opened(tmp_path):
    os.mkfifo(tmp_path / "p.csv")
    (tmp_path / "p.tsv").symlink_to("/dev/zero")
    for name in ("p.csv", "p.tsv"):
        assert "a pipe or a device; a table's file is expected" in reason(tmp_path / name)


@pytest.mark.usefixtures("frugal")
def test_very_many_unknown_columns_are_counted(study):
    names = "\t".join(f"c{n}" for n in range(1900))
    study.write("config/participants.tsv", f"participant_id\t{names}\nP001\nP002\n")
    (note,) = load_study(study.path).notes
    assert "columns c0, c1, c2, c3, c4, c5, c6, c7 and 1,892 more are not declared" in note


@pytest.mark.parametrize("length", [64, 65, 300])
def test_an_id_is_at_most_as_long_as_dicom_allows(study, length):
    name = "P" * length
    study.write("config/participants.tsv", f"participant_id\n{name}\n")
    study.write("config/series.tsv", f"participant_id\tkind\tpath\n{name}\thu_table\thu.csv\n")
    if length == 64:
        assert load_study(study.path).included == (name,)
        return
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = fault.value.problems
    assert f"row 2, participant_id: {length} characters; at most 64" in problem


def test_a_level_is_known_however_its_accents_are_encoded(study):
    study.write("config/config.yaml", "variables: {smoking: {levels: [jama\u00eds, a\u00f1os]}}\n")
    participants = "participant_id\tsmoking\nP001\tjamai\u0301s\nP002\tan\u0303os\n"
    study.write("config/participants.tsv", participants)
    found = load_study(study.path).participants
    assert [who.values["smoking"] for who in found.values()] == ["jama\u00eds", "a\u00f1os"]


def test_bmi_is_computed_in_place_of_a_formula_and_this_is_reported(study, capsys):
    rows = [["participant_id", "height_cm", "weight_kg", "bmi_kg_m2"]]
    rows += [["P001", 160, 64, "=C2/(B2/100)^2"], ["P002", 175, 80.5, 26.0]]
    workbook(study.path / "config/participants.xlsx", {"Sheet": rows})
    study.write("config/config.yaml", "participants: config/participants.xlsx\n")
    loaded = load_study(study.path)
    assert [who.values["bmi_kg_m2"] for who in loaded.participants.values()] == pytest.approx(
        [25, 26]
    )
    told = "config/participants.xlsx, row 2, bmi_kg_m2: formulae that were never calculated"
    assert any(warning.startswith(told) for warning in loaded.warnings)
    main(["check", str(study.path)])
    printed = capsys.readouterr().out
    assert told in printed
    assert "no problem" not in printed


def test_any_other_formula_without_a_value_is_a_problem(study):
    rows = [["participant_id", "age_years", "bmi_kg_m2"], ["P001", "=2024-1950", "=C9/2"]]
    workbook(study.path / "config/participants.xlsx", {"Sheet": [*rows, ["P002", 61, 20]]})
    study.write("config/config.yaml", "participants: config/participants.xlsx\n")
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    for problem, column in zip(fault.value.problems, ("age_years", "bmi_kg_m2"), strict=True):
        assert problem.startswith(f"config/participants.xlsx, row 2, {column}: '=")
        assert "never calculated; open the file in Excel or LibreOffice and save it" in problem


@pytest.mark.parametrize(
    ("stored", "read"),
    [("3.5999999999999996", "3.6"), ("7.000000000000001", "7"), ("0.30000000000000004", "0.3"),
     ("3.6", "3.6"), ("123456.789012345", "123456.789012345")],
)  # fmt: skip
def test_a_number_has_the_digits_that_excel_shows(tmp_path, stored, read):
    """A formula such as =0.36*10 is stored with 17 digits, which are no precision of a reading."""
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (["participant_id", "width_mm"], ["P1", 1234567]):
        book.active.append(row)
    book.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"1234567", stored.encode()))
    (row,) = read_table(path).rows
    assert row.get("width_mm") == read
