"""What a later `bonecohort init` leaves alone in the study's tables, and what it takes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import openpyxl
import pytest

from bonecohort.faults import StudyFault
from bonecohort.intake.init import init_study
from bonecohort.study.study import load_study
from tests.intake.export import Patient, write_series

KILLED = """
import os, signal, sys
from pathlib import Path
from bonecohort.intake.init import init_study
def stop(done, total):
    if done >= 200:
        os.kill(os.getpid(), signal.SIGKILL)
init_study(Path(sys.argv[1]), Path(sys.argv[2]), progress=stop)
"""


def add(root, number, *labels):
    patient = Patient(number)
    for label in labels:
        write_series(patient, label, lambda index, at=label: root / str(number) / at / str(index))


@pytest.fixture
def export(tmp_path):
    """A patient with a T1 alone, and one with a T2."""
    root = tmp_path / "pacs"
    add(root, 1, "t1")
    add(root, 2, "t2")
    return root


def participants(study):
    return study / "config/participants.tsv"


def test_who_had_no_usable_series_is_included_when_one_comes(tmp_path, export):
    study = tmp_path / "study"
    init_study(export, study)
    before = participants(study).read_bytes().splitlines()
    assert load_study(study).participants["P001"].include is False
    add(export, 1, "t2")
    summary = init_study(export, study)
    assert summary.included_again == ("P001",)
    assert summary.added_series == (("P001", "t2_sagittal"),)
    assert load_study(study).included == ("P001", "P002")
    after = participants(study).read_bytes().splitlines()
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert init_study(export, study).included_again == ()


@pytest.mark.parametrize(
    ("old", "new"), [("none of", "lumbar surgery; none of"), ("P001\tno", "P001\tNO")]
)
def test_a_row_that_was_edited_stays_as_the_user_left_it(tmp_path, export, old, new):
    study = tmp_path / "study"
    init_study(export, study)
    edited = participants(study).read_text().replace(old, new, 1)
    participants(study).write_text(edited)
    add(export, 1, "t2")
    assert init_study(export, study).included_again == ()
    assert participants(study).read_text() == edited


def test_an_exclusion_of_the_users_own_is_kept(tmp_path, export):
    study = tmp_path / "study"
    init_study(export, study)
    edited = participants(study).read_text().replace("P002\tyes\t", "P002\tno\trefused")
    participants(study).write_text(edited)
    add(export, 2, "ct_standard")
    init_study(export, study)
    assert participants(study).read_text() == edited


def test_other_delimiters_line_ends_and_columns_are_kept(tmp_path, export):
    study = tmp_path / "study"
    init_study(export, study)
    rows = [line.split("\t") for line in participants(study).read_text().splitlines()]
    mixed = [[row[2], "note; of mine" if number else "comment", row[1], row[0]]
             for number, row in enumerate(rows)]  # fmt: skip
    text = "\ufeff" + "".join(";".join(f'"{cell}"' for cell in row) + "\r\n" for row in mixed)
    participants(study).write_bytes(text.encode())
    add(export, 1, "t2")
    assert init_study(export, study).included_again == ("P001",)
    lines = participants(study).read_bytes().decode().split("\r\n")
    assert lines[0] == text.split("\r\n")[0]
    assert lines[1] == ';"note; of mine";yes;P001'
    assert lines[2:] == text.split("\r\n")[2:]


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active.column_dimensions["A"].width = 33
    book.save(path)


def test_tables_kept_in_excel_are_added_to_and_their_edits_kept(tmp_path, export):
    study = tmp_path / "study"
    init_study(export, study)
    (study / "config/config.yaml").write_text(
        "participants: config/people.xlsx\nseries: config/files.xlsx\n"
    )
    for old, new in (("participants.tsv", "people.xlsx"), ("series.tsv", "files.xlsx")):
        rows = [line.split("\t") for line in (study / "config" / old).read_text().splitlines()]
        if new == "people.xlsx":
            rows[2][3] = 81
        workbook(study / "config" / new, rows)
        (study / "config" / old).unlink()
    add(export, 1, "t2")
    add(export, 3, "ct_standard")
    summary = init_study(export, study)
    assert (summary.included_again, summary.added_participants) == (("P001",), ("P003",))
    loaded = load_study(study)
    assert loaded.included == ("P001", "P002", "P003")
    assert loaded.participants["P002"].values["age_years"] == 81
    assert [(row.participant_id, row.kind) for row in loaded.series] == [
        ("P002", "t2_sagittal"), ("P001", "t2_sagittal"), ("P003", "ct"),
    ]  # fmt: skip
    sheet = openpyxl.load_workbook(study / "config/people.xlsx").active
    assert sheet.column_dimensions["A"].width == 33
    assert not (study / "config/participants.tsv").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    root = tmp_path / "pacs"
    for number in range(1, 7):
        add(root, number, "ct_standard")
    study, whole = tmp_path / "work" / "study", tmp_path / "other" / "study"
    killed = subprocess.run([sys.executable, "-c", KILLED, root, study], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert init_study(root, study).n_read == 6 * 44 - 200
    init_study(root, whole)
    for name in ("config/participants.tsv", "config/series.tsv", "config/proposals.tsv"):
        assert (study / name).read_text() == (whole / name).read_text()
    keys = [path.parent / "study_id_key.tsv" for path in (study, whole)]
    assert keys[0].read_text() == keys[1].read_text()


def test_a_zip_is_listed_as_left_out_with_what_to_do(tmp_path, export):
    (export / "more.zip").write_bytes(b"PK\x03\x04" + bytes(200))
    (reason,) = init_study(export, tmp_path / "study").left_out
    assert "unpack it" in reason


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_rows_are_added_to_no_text_of_another_encoding(tmp_path, export, encoding):
    """Bytes of two encodings in one file would be read as neither."""
    study = tmp_path / "study"
    init_study(export, study)
    table = participants(study)
    text = table.read_text().replace("P001\tno\t", "P001\tno\t腰椎手术史")
    table.write_bytes(text.encode(encoding))
    before = table.read_bytes()
    add(export, 3, "t2")
    with pytest.raises(StudyFault, match=r"rows can be added to \.xlsx, and to text in UTF-8"):
        init_study(export, study)
    assert table.read_bytes() == before
