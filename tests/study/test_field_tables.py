"""Tables as people sent them: each is named by file, row and what to do."""

from __future__ import annotations

import pytest

from bonecohort.cli import main
from bonecohort.faults import StudyFault
from bonecohort.study.study import load_study

FOLDER = "field_cases/tables"


@pytest.mark.parametrize(
    ("case", "told"),
    [
        ("xl_title", ("config/participants.xlsx, row 1", "Row 2 looks like the header: delete")),
        ("xls", ("config/participants.xls: this is a workbook of old Excel", "save it as .xlsx")),
    ],
)
def test_a_table_that_cannot_be_read_says_what_to_do(shared_data, case, told):
    with pytest.raises(StudyFault) as fault:
        load_study(shared_data / FOLDER / case)
    (problem,) = fault.value.problems
    assert all(text in problem for text in told)


def test_text_in_gbk_is_read_and_reported(shared_data):
    study = load_study(shared_data / FOLDER / "gbk")
    assert study.participants["P002"].exclusion_reason == "腰椎手术史"
    assert any("read as Chinese text in GB18030" in note for note in study.notes)


def test_formulae_never_calculated_are_reported(shared_data, capsys):
    main(["check", str(shared_data / FOLDER / "xl_formula")])
    printed = capsys.readouterr().out
    assert "config/participants.xlsx, row 2, 3, bmi_kg_m2: formulae that were never" in printed
    assert "no problem" not in printed


def test_the_study_of_chinese_labels_is_read(shared_data):
    study = load_study(shared_data / "field_cases/chinese_labels")
    assert len(study.included) == 40
    assert {who.values["sex"] for who in study.participants.values()} == {"男", "女"}
