"""Tables as spreadsheets mangle them: no number is taken that does not stand in the row."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonecohort.cohort.readings_tables import ReadingsTables
from bonecohort.faults import DataFault, StudyFault
from bonecohort.study.study import load_study
from bonecohort.study.tables import read_table
from bonecohort.techniques.endplates import table as endplate_table
from bonecohort.techniques.hounsfield import table as hu_table

from .damage import changed_bytes
from .profile import cases
from .reasons import SHORTEST, check_reason

TABLES = {
    "hu": [
        ["participant_id", "level", "plane", "hu"],
        ["P1", "L1", "upper", "101.5"],
        ["P1", "L1", "middle", "98"],
        ["P1", "L1", "lower", "95.25"],
        ["P1", "L2", "upper", "-12.5"],
        ["007", "L3", "lower", "1.2e2"],
    ],
    "endplates": [
        ["participant_id", "level", "endplate", "defect", "width_mm", "depth_mm", "body_width_mm",
         "body_height_1_mm", "body_height_2_mm"],
        ["P1", "L1", "superior", "1", "10.5", "3.25", "33.1", "27.2", "26.4"],
        ["P1", "L1", "superior", "2", "4.75", "1.5", "33.4", "27.2", "26.4"],
        ["P1", "L2", "inferior", "1", "8", "2.125", "34", "28", "29"],
        ["P1", "L3", "superior", "0", "", "", "", "", ""],
        ["007", "L4", "not_assessable", "", "", "", "", "", ""],
    ],
    "hu wide": [
        ["participant_id", "L1_upper", "L1 middle", "hu L2 lower", "L3-sup (HU)"],
        ["P1", "101.5", "98", "95.25", "-12.5"],
        ["P2", "88", "", "76,5", "1.2e2"],
        ["007", "110", "112", "", "99"],
    ],
    "endplates units": [
        ["Participant ID", "level", "endplate", "defect", "Width (mm)", "depth", "body width",
         "Body height 1 [mm]", "body_height_2_mm"],
        ["", "", "", "", "", "mm", "(mm)", "", ""],
        ["P1", "L1", "superior", "1", "10.5", "3.25", "33.1", "27.2", "26.4"],
        ["P1", "L2", "inferior", "1", "8", "2.125", "34", "28", "29"],
        ["007", "L4", "not_assessable", "", "", "", "", "", ""],
    ],
    "participants": [
        ["participant_id", "include", "exclusion_reason", "age_years", "sex", "height_cm",
         "weight_kg", "vas_0_10", "smoking"],
        ["P1", "yes", "", "61.5", "female", "158.2", "55.1", "4", "no"],
        ["P2", "no", "withdrew", "70", "male", "171", "72.3", "2", "yes"],
        ["007", "", "", "66.25", "male", "169.5", "68", "", "no"],
    ],
    "series": [
        ["participant_id", "kind", "path", "reader"],
        ["P1", "hu_table", "readings/hu.csv", "1"],
        ["P2", "endplate_table", "readings/e.csv", "2"],
        ["007", "ct", "ct/007", ""],
    ],
}  # fmt: skip
CELLS = [
    "", " ", "0", "-0", "1", "-5", "10,5", "1,234", "1.234,5", "1 234", "1'234", "1e3", "1e400",
    "1e-400", "0x10", "１２", "٣", "½", "NaN", "inf", "-Infinity", "=1+1", "=A2", "#DIV/0!", "#N/A",
    "12.5 mm", "12.5mm", "<5", "≥110", "~100", "1/2", "2024-03-02", "02.03.2024", "3.Mär", "TRUE",
    "L1 ", "l2", "L-3", "L7", "T12", "upper ", "UPPER", "oben", "not assessable", "yes", "no",
    'a"b', '"', "a,b", "a;b", "a\tb", "a\nb", "a\rb", "\x00", "10\x000", "\ufeff10", "10\u00a0",
    "\u200b10", "\u202e10", "10\u2009000", "Müller", "山田", "x" * 400, "9" * 400, "'10", "+7",
    ".5", "5.", ",5", "--5", "1.2.3", "P1", "p1", "007", "7",
]  # fmt: skip
HEADERS = [
    "", "hu", "notes", "level", "Participant_ID", "Plane", "HU [HU]", "L1_upper", "L1_sup_HU",
    "L2 lower (HU)", "L6 upper", "HU_L3", "L3", "Width", "width_mm", "Width [cm]", "depth (m)",
]  # fmt: skip
STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
# Control characters, soft hyphens, zero-width spaces and marks of direction part words.
INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u2060\ufeff\ufffe\uffff]")
SETTINGS = "participants: participants.{suffix}\nseries: series.{suffix}\n"


@st.composite
def changed_table(draw, rows):
    rows = [list(row) for row in rows]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.sampled_from(rows))
        at = draw(st.integers(0, max(len(row) - 1, 0)))
        cell = draw(st.sampled_from(CELLS) | st.text(max_size=6) | st.floats().map(str))
        match draw(st.sampled_from(["cell"] * 5 + ["add", "drop", "repeat", "lose", "header"])):
            case "cell" if row:
                row[at] = cell
            case "add":
                row.insert(at, cell)
            case "drop" if row:
                del row[at]
            case "repeat":
                rows.append(list(row))
            case "lose" if len(rows) > 1:
                rows.remove(row)
            case "header":
                rows[0].append(draw(st.sampled_from(HEADERS)))
            case _:
                rows.append([cell])
    return rows


@st.composite
def text_file(draw, rows):
    """Return the bytes of a text table, and the lines that its readers should see."""
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    if draw(st.booleans()):
        stream = io.StringIO()
        ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
        quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        csv.writer(stream, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(
            rows
        )
        text = stream.getvalue()
    else:  # joined by hand, quoting nothing
        text = "\n".join(delimiter.join(row) for row in rows)
    coding = draw(st.sampled_from(["utf-8"] * 4 + ["utf-8-sig", "cp1252", "utf-16", "gb18030"]))
    content = text.encode(coding, "replace")
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        content = draw(changed_bytes(content))
    return content


def decoded(content):
    """Return the text that a table's readers should see, of either encoding that is read."""
    coding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return content.decode(coding, "replace")


def numbers_in(text):
    """Return every number that stands in a text, a decimal comma or point read alike."""
    found = {0.0} if "0" in text else set()
    for word in [*NUMBER.findall(text), *re.split(r"[,;\t\"\s\0]", text)]:
        if NUMBER.fullmatch(word):
            found.add(float(word.replace(",", ".")))
    return found


def stands_in(value, numbers):
    return any(math.isclose(value, one, rel_tol=1e-12) for one in numbers)


def values_read(path, name):
    """Return (participant, level, value) of every reading, as the cohort reads the table."""
    module = hu_table if name.startswith("hu") else endplate_table
    tables = ReadingsTables(path.parent, module.COLUMNS, wide=getattr(module, "WIDE", None))
    table, _ = tables.rows(path.name, "nobody")
    found = []
    for participant in {row.get("participant_id") for row in table.rows} - {""}:
        try:
            table, rows = tables.rows(path.name, participant)
        except DataFault as fault:
            check_reason(fault, path.name)
            continue
        if module is hu_table:
            readings, faults = hu_table.read_hu_rows(table, rows, "1")
            found += [(participant, one.level, one.hu) for one in readings]
        else:
            readings, faults = endplate_table.read_endplate_rows(table, rows, "1")
            for one in readings:
                sizes = [size for d in one.defects for size in (d.width_mm, d.depth_mm)]
                found += [(participant, one.level, size) for size in sizes]
        for fault in faults:
            assert path.name in fault.reason
            assert len(fault.reason) >= SHORTEST
    return found


def try_readings(path, name, text):
    try:
        values = values_read(path, name)
    except DataFault as fault:
        check_reason(fault, path.name)
        return
    # A quoted cell may hold a line's end; else a number stands in the line of its participant.
    whole = '"' in text or path.suffix == ".xlsx"
    lines = [text + text.replace('""', '"')] if whole else re.split(r"[\r\n]+", text)
    lines = [INVISIBLE.sub(" ", line) for line in lines]
    numbers = [(line, numbers_in(line)) for line in lines]
    for participant, level, value in values:
        assert math.isfinite(value)
        own = [found for line, found in numbers if participant in line]
        assert any(stands_in(value, found) for found in own), (participant, level, value)


@pytest.mark.parametrize(
    ("name", "count"), [("hu", 5), ("endplates", 6), ("hu wide", 10), ("endplates units", 4)]
)
def test_undamaged_tables_give_every_reading(tmp_path, name, count):
    path = tmp_path / "readings.csv"
    path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in TABLES[name]))
    assert len(values_read(path, name)) == count


@pytest.mark.parametrize("name", ["hu", "endplates", "hu wide", "endplates units"])
def test_readings_taken_from_a_damaged_table_stand_in_it(name):
    @cases(200)
    @given(content=changed_table(TABLES[name]).flatmap(text_file))
    def holds(content):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "readings.csv"
            path.write_bytes(content)
            try_readings(path, name, decoded(content))

    holds()


def write_study(folder, participants, series, suffix):
    (folder / "config").mkdir()
    (folder / "config" / "config.yaml").write_text(SETTINGS.format(suffix=suffix))
    (folder / f"participants.{suffix}").write_bytes(participants)
    (folder / f"series.{suffix}").write_bytes(series)


def check_problems(problems):
    assert problems
    for problem in problems:
        assert len(problem) >= SHORTEST
        assert any(file in problem for file in ("participants.csv", "series.csv")), problem


@cases(120)
@given(data=st.data())
def test_a_study_of_damaged_tables_is_refused_or_holds_their_numbers(data):
    changed = {name: TABLES[name] for name in ("participants", "series")}
    which = data.draw(st.sampled_from(sorted(changed)))
    changed[which] = data.draw(changed_table(changed[which]))
    files = {name: data.draw(text_file(rows)) for name, rows in changed.items()}
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_study(folder, files["participants"], files["series"], "csv")
        try:
            study = load_study(folder)
        except StudyFault as fault:
            check_problems(fault.problems)
            return
    numbers = numbers_in(decoded(files["participants"]))
    for who in study.participants.values():
        for variable, value in who.values.items():
            if isinstance(value, float) and variable != "bmi_kg_m2":
                assert stands_in(value, numbers), (variable, value)
        height, weight = who.values.get("height_cm"), who.values.get("weight_kg")
        if who.values.get("bmi_kg_m2") is not None:
            assert math.isclose(who.values["bmi_kg_m2"], weight / (height / 100) ** 2)


NOON = datetime(2024, 3, 2, 12, 5, tzinfo=UTC)
EXCEL_VALUES = [
    None, True, False, 0, 1, -3, 10.5, 1e300, 110, "110", "10,5", "1,234", "=1+1", "=A2*2",
    NOON.replace(tzinfo=None), NOON.date(), NOON.time(), "#N/A", " L1 ", "P1",
    7, 7.0, "007", "x" * 200, "山田",
]  # fmt: skip


@st.composite
def workbook(draw, rows):
    """Return an Excel file and the texts of its cells, dates and formulas and merged cells too."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in draw(changed_table(rows)):
        sheet.append([_storable(cell, draw(st.booleans())) for cell in row])
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.tuples(st.integers(1, 7), st.integers(1, 9)))
        sheet.cell(*at).value = draw(st.sampled_from(EXCEL_VALUES))
    if draw(st.booleans()):
        row, column = draw(st.integers(1, 6)), draw(st.integers(1, 6))
        sheet.merge_cells(
            start_row=row, end_row=row + draw(st.integers(0, 2)),
            start_column=column, end_column=column + draw(st.integers(0, 2)),
        )  # fmt: skip
    cells = [cell.value for row in sheet.iter_rows() for cell in row]
    return saved(book), cells


def saved(book):
    """Return a workbook's bytes, the same at any time of day."""
    stream, packed = io.BytesIO(), io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(packed, "w") as new:
        for part in old.namelist():
            content = STAMP.sub(b"2024-03-02T00:00:00Z", old.read(part))
            new.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _storable(text, as_number):
    """Return a cell as Excel holds it: text, or the number it was typed as."""
    if as_number and re.fullmatch(r"-?\d{1,6}(\.\d+)?", text):
        return float(text)
    return openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", text)


def shown(cell):
    """Return how else a message may write a cell: without exponent, a day with its hour."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return f"{cell} 00:00:00" if type(cell) is date else ""


@pytest.mark.parametrize("name", ["hu", "endplates"])
def test_readings_taken_from_an_odd_workbook_stand_in_it(name):
    @cases(60)
    @given(made=workbook(TABLES[name]))
    def holds(made):
        content, cells = made
        typed = " ".join(f"{cell} {shown(cell)}" for cell in cells)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "readings.xlsx"
            path.write_bytes(content)
            try_readings(path, name, typed)

    holds()


@cases(80)
@given(data=st.data())
def test_a_damaged_workbook_is_a_reason_or_its_numbers(data):
    book = openpyxl.Workbook()
    for row in TABLES["hu"]:
        book.active.append([_storable(cell, as_number=True) for cell in row])
    content = saved(book)
    if data.draw(st.booleans()):
        content = data.draw(changed_bytes(content))
    else:  # damage inside one part, packed again as a sound zip
        content = _with_part_changed(content, data)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "readings.xlsx"
        path.write_bytes(content)
        try:
            read_table(path)
        except DataFault as fault:
            check_reason(fault, path.name)


def _with_part_changed(book, data):
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(packed, "w") as new:
        chosen = data.draw(st.sampled_from(old.namelist()))
        for part in old.namelist():
            content = old.read(part)
            if part == chosen:
                content = data.draw(changed_bytes(content))
            new.writestr(part, content)
    return packed.getvalue()
