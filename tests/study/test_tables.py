from __future__ import annotations

import zipfile

import openpyxl
import pytest

from bonecohort.faults import DataFault
from bonecohort.study.cells import decimals_of, parse_number
from bonecohort.study.tables import read_table


def test_rows_carry_the_number_the_editor_shows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n\n1,2\n")
    (row,) = read_table(path).rows
    assert (row.number, row.cells) == (3, {"a": "1", "b": "2"})


@pytest.mark.parametrize(
    ("text", "value"),
    [("10.6", 10.6), ("10,6", 10.6), ("-3", -3), ("1e2", 100), ("0,125", 0.125), (".5", 0.5)],
)
def test_numbers_are_read_with_point_or_comma(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["1,234", "1.234,5", "", "12 mm", "nan", "inf", "1/2"])
def test_what_is_no_clear_number_is_refused(text):
    with pytest.raises(ValueError, match=r"not a number|may mean"):
        parse_number(text)


def test_decimals_are_those_written():
    assert [decimals_of(text) for text in ("3.6", "3,60", "7", "1e2")] == [1, 2, 0, 0]


def test_an_unquoted_decimal_comma_is_distinguished_from_a_cell(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n10,6,3\n")
    (row,) = read_table(path).rows
    assert "row 2: 3 cells where the header has 2" in row.fault
    assert "decimal comma" in row.fault


def test_a_quoted_decimal_comma_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"10,6",3\n')
    assert parse_number(read_table(path).rows[0].get("a")) == 10.6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"a,a\n1,2\n", "column a stands more than once"),
        (b"a,b\n\xff\xfe,2\n", "not UTF-8"),
    ],
)
def test_an_unreadable_table_says_why(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(DataFault, match=message):
        read_table(path)


def test_a_broken_workbook_says_so(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK not a workbook")
    with pytest.raises(DataFault, match="not a readable Excel workbook"):
        read_table(path)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_editors_end_them_and_blank_ones_may_lead(tmp_path, ending):
    path = tmp_path / "a.csv"
    path.write_bytes(ending.join(["", "a;b", "1;2", ""]).encode("utf-8-sig"))
    (row,) = read_table(path).rows
    assert (row.number, row.cells) == (3, {"a": "1", "b": "2"})


def test_only_line_ends_part_rows_and_a_quoted_cell_keeps_its_own(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"two\nlines",x\u2028y\x85z\n', newline="")
    (row,) = read_table(path).rows
    assert row.cells == {"a": "two\nlines", "b": "x\u2028y\x85z"}


def test_invisible_characters_are_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\nprior\x0b,\x1bfusion\n", newline="")
    assert read_table(path).rows[0].cells == {"a": "prior", "b": "fusion"}


def test_digits_on_both_sides_of_an_invisible_character_are_not_one_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n10\x000,1\x1f1\n", newline="")
    cells = read_table(path).rows[0].cells
    for text in cells.values():
        with pytest.raises(ValueError, match="is not a number"):
            parse_number(text)


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_damaged_workbook_is_a_reason(tmp_path, part):
    whole, damaged = tmp_path / "whole.xlsx", tmp_path / "damaged.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if name == part else content)
    with pytest.raises(DataFault, match="not a readable Excel workbook"):
        read_table(damaged)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(DataFault, match="this is a folder"):
        read_table(tmp_path)
