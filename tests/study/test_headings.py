"""The headings of a participants table: declared, undeclared, and nearly those of a variable."""

from __future__ import annotations

import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.headings import is_identifying, meant_by
from bonecohort.study.settings import Variable, paper_variables
from bonecohort.study.study import load_study

PAPER = paper_variables()
ROWS = "P001\t70\tfemale\nP002\t61\tmale\n"


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        *(
            (text, "age_years")
            for text in ("Age", "AGE_YEARS", "年龄", "年龄（岁）", "Age (years)")
        ),
        *((text, "age_years") for text in ("age_year", "ＡＧＥ", "Age, years")),
        *((text, "sex") for text in ("Sex", "Gender", "性别")),
        *((text, "bmi_kg_m2") for text in ("BMI", "BMI (kg/m²)", "BMI [kg/m2]", "体重指数")),
        *((text, "bmd_g_cm2") for text in ("BMD (g/cm2)", "骨密度", "Spine BMD")),
        *((text, "t_score") for text in ("T-score", "T Score", "T值")),
        ("heigth_cm", "height_cm"),
        ("身高(cm)", "height_cm"),
    ],
)
def test_a_heading_that_nearly_is_a_variables_is_known(heading, name):
    assert meant_by(heading, PAPER) == name


@pytest.mark.parametrize(
    "heading",
    ["Height (m)", "Weight (lb)", "BMD (mg/cm3)", "t_score_hip", "weight_loss", "stage", "备注",
     "back_surgery", "年龄组", "体重(斤)"],
)  # fmt: skip
def test_another_unit_or_another_word_is_no_known_variable(heading):
    assert meant_by(heading, PAPER) is None


def test_a_declared_label_is_a_heading_too():
    variables = {"vitamin_d": Variable("Vitamin D", unit="nmol/L")}
    assert meant_by("Vitamin D (nmol/l)", variables) == "vitamin_d"


def test_an_undeclared_column_is_kept_out_with_a_note(study):
    study.write(
        "config/participants.tsv",
        f"participant_id\tage_years\tsex\tward\n{ROWS}",
    )
    loaded = load_study(study.path)
    (note,) = loaded.notes
    assert note.startswith("config/participants.tsv: column ward is not declared, and kept out")
    assert "bonecohort check --fix" in note
    assert all("ward" not in who.values for who in loaded.participants.values())


@pytest.mark.parametrize("heading", ["Age", "年龄", "AGE_YEARS", "age_year"])
def test_a_near_miss_is_proposed_and_not_taken(study, heading):
    study.write("config/participants.tsv", f"participant_id\t{heading}\tsex\n{ROWS}")
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = fault.value.problems
    assert f"column {heading!r} looks like 'age_years', which has no column" in problem
    assert f"variables: {{age_years: {{column: {heading!r}}}}}" in problem


def test_a_declared_heading_is_read_and_named_in_messages(study):
    study.write("config/participants.tsv", f"participant_id\t年龄\t性别\n{ROWS}P003\t300\tmale\n")
    study.write("config/series.tsv", "participant_id\tkind\tpath\nP001\tct\ta\nP002\tct\tb\n")
    study.write(
        "config/config.yaml", "variables: {age_years: {column: 年龄}, sex: {column: 性别}}\n"
    )
    with pytest.raises(StudyFault, match="row 4, 年龄: 300 is out of range; 0 to 120 years"):
        load_study(study.path)
    study.write("config/participants.tsv", f"participant_id\t年龄\t性别\n{ROWS}")
    loaded = load_study(study.path)
    assert loaded.participants["P001"].values == {"age_years": 70, "sex": "female"}
    assert loaded.notes == ()
    assert "age_years" not in loaded.missing_variables


@pytest.mark.parametrize(
    ("declared", "columns", "told"),
    [
        ("age_years: {column: Alder}", "Alter\tsex", "no such column; did you mean 'Alter'?"),
        ("age_years: {column: Alter}", "Alter\tage_years", "a column age_years, too"),
        (
            "age_years: {column: Alter}, sex: {column: Alter}",
            "Alter\tx",
            "sex.column: found 'Alter', which is the column of another variable",
        ),
    ],
)
def test_a_declared_heading_that_cannot_be_meant_is_reported(study, declared, columns, told):
    study.write("config/participants.tsv", f"participant_id\t{columns}\nP001\t\t\nP002\t\t\n")
    study.write("config/config.yaml", f"variables: {{{declared}}}\n")
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    assert any(told in problem for problem in fault.value.problems)


def test_a_near_miss_of_a_variable_that_is_there_is_kept_out(study):
    """BMI is computed from height and weight; a column of it is not taken in silence."""
    study.write(
        "config/participants.tsv",
        "participant_id\theight_cm\tweight_kg\tBMI\nP001\t160\t64\t99\nP002\t170\t70\t99\n",
    )
    loaded = load_study(study.path)
    assert loaded.participants["P001"].values["bmi_kg_m2"] == pytest.approx(25)
    assert "column BMI is not declared" in loaded.notes[0]


def test_a_near_miss_stops_no_study_that_does_not_ask_for_the_variable(study):
    study.write("config/participants.tsv", f"participant_id\tAge\tsex\n{ROWS}")
    study.write("config/config.yaml", "analyses: [prevalence: {of: [sex]}]\n")
    assert "column Age is not declared" in load_study(study.path).notes[0]
    study.write("config/config.yaml", "analyses: [table1: {by: sex, rows: [age_years]}]\n")
    with pytest.raises(StudyFault, match="column 'Age' looks like 'age_years'"):
        load_study(study.path)


@pytest.mark.parametrize(
    ("heading", "name"),
    [("Included", "include"), ("纳入", "include"), ("excluded", "exclusion_reason"),
     ("Exclusion reason", "exclusion_reason"), ("排除原因", "exclusion_reason")],
)  # fmt: skip
def test_who_is_in_the_study_is_never_read_past(study, heading, name):
    study.write("config/participants.tsv", f"participant_id\t{heading}\nP001\tyes\nP002\tno\n")
    with pytest.raises(StudyFault, match=f"column '{heading}' looks like '{name}'"):
        load_study(study.path)


@pytest.mark.parametrize(
    "heading",
    [
        "Name",
        "patient name",
        "姓名",
        "Birth date",
        "出生日期",
        "DOB",
        "住院号",
        "Accession No",
        "电话",
    ],
)
def test_a_column_that_says_who_somebody_is_is_named(study, heading):
    assert is_identifying(heading)
    study.write("config/participants.tsv", f"participant_id\t{heading}\nP001\tx\nP002\ty\n")
    notes = load_study(study.path).notes
    assert any(f"column {heading!r} seems to identify somebody" in note for note in notes)


@pytest.mark.parametrize(
    "heading", ["number", "age", "rename", "surname_change", "drug name", "性别"]
)
def test_other_columns_says_nobody(heading):
    assert not is_identifying(heading)


def test_an_unreadable_participants_table_makes_no_false_fault_of_the_files(study):
    """Without participants no message says that the files of an analysis are missing."""
    study.write(
        "config/config.yaml", "analyses: [correlation: {of: [total_spine_hu, mr_fat_pdff]}]\n"
    )
    study.write("config/participants.tsv", "participant_id\tage_years\nP001\tx\tx\n")
    study.path.joinpath("config/participants.tsv").unlink()
    with pytest.raises(StudyFault) as fault:
        load_study(study.path)
    (problem,) = fault.value.problems
    assert "config/participants.tsv: this table does not exist" in problem
