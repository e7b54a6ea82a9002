"""Tables that config.yaml does not name: the one that is there, and no guess between two."""

from __future__ import annotations

import shutil

import openpyxl
import pytest

from bonecohort.faults import StudyFault
from bonecohort.study.inputs import settings_now
from bonecohort.study.study import load_study

PEOPLE = [("participant_id", "age_years"), ("A", 50), ("B", 60)]
SERIES = "participant_id\tkind\tpath\n*\thu_table\thu.csv\n"


def write_participants(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in PEOPLE:
            book.worksheets[0].append(row)
        book.save(path)
    else:
        delimiter = "\t" if path.suffix == ".tsv" else ","
        path.write_text("\n".join(delimiter.join(map(str, row)) for row in PEOPLE) + "\n")


@pytest.fixture
def study(tmp_path):
    (tmp_path / "series.tsv").write_text(SERIES)
    (tmp_path / "hu.csv").write_text("participant_id,level,plane,hu\n")
    return tmp_path


@pytest.mark.parametrize("place", ["config", "."])
@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".xlsx"])
def test_the_table_that_is_there_is_taken(study, monkeypatch, place, suffix):
    write_participants(study / place / f"participants{suffix}")
    found = load_study(study)
    assert found.included == ("A", "B")
    assert found.settings.participants == f"{place}/participants{suffix}".removeprefix("./")
    assert found.settings.series == "series.tsv"
    monkeypatch.chdir(study)  # as a job reads the settings
    assert settings_now({}).participants == found.settings.participants


def test_two_are_refused_and_both_named(study):
    write_participants(study / "config/participants.tsv")
    write_participants(study / "participants.xlsx")
    with pytest.raises(StudyFault) as refused:
        load_study(study)
    (told,) = refused.value.problems
    assert told.startswith("config/participants.tsv and participants.xlsx are both there")
    assert "such as 'participants: config/participants.tsv'" in told


def test_the_one_that_is_named_is_taken_whatever_lies_beside(study):
    write_participants(study / "config/participants.tsv")
    write_participants(study / "participants.xlsx")
    (study / "config/config.yaml").write_text("participants: participants.xlsx\n")
    assert load_study(study).settings.participants == "participants.xlsx"


def test_without_any_the_usual_place_is_named(study):
    with pytest.raises(StudyFault, match=r"config/participants\.tsv"):
        load_study(study)


def test_a_table_of_readings_may_be_everybodys(study):
    write_participants(study / "participants.csv")
    (study / "participants.csv").write_text(
        "participant_id,include,exclusion_reason\nA,,\nB,no,moved away\nC,yes,\n"
    )
    rows = load_study(study).series
    assert [(row.participant_id, row.kind, row.path, row.row_number) for row in rows] == [
        ("A", "hu_table", "hu.csv", 2),
        ("C", "hu_table", "hu.csv", 2),
    ]


def test_an_image_is_nobody_elses(study):
    write_participants(study / "participants.csv")
    (study / "series.tsv").write_text(SERIES + "*\tct\tscans\nA\thu_tabel\thu.csv\n")
    with pytest.raises(StudyFault) as refused:
        load_study(study)
    image, kind = refused.value.problems
    assert image.startswith("series.tsv, row 3, participant_id: '*' is allowed for tables of")
    assert "did you mean 'hu_table'?" in kind


def test_rows_for_everybody_are_the_rows_of_each(study, tmp_path_factory):
    """What follows from either is the same: a study may go from one to the other."""
    write_participants(study / "participants.csv")
    other = tmp_path_factory.mktemp("other") / "study"
    shutil.copytree(study, other)
    (other / "series.tsv").write_text(SERIES.replace("*", "A") + "B\thu_table\thu.csv\n")
    assert load_study(study).series == load_study(other).series
