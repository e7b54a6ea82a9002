"""Scores read elsewhere: rows of a table become measurements, faults one exclusion each."""

from __future__ import annotations

import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.computed import add_computed
from bonecohort.cohort.readings import collect_readings
from bonecohort.study.study import load_study
from bonecohort.techniques.vbq.methods import WORDS
from bonecohort.techniques.vbq.section import methods_text
from bonecohort.techniques.vbq.settings import VbqSettings

SCORES = {"L1": 2.00, "L2": 2.73, "L3": 2.40, "L4": 3.43}


@pytest.fixture
def study(tmp_path):
    """Return a function that loads a study of A, whose scores stand in a table."""

    def loaded(rows, more="", columns="participant_id,level,vbq"):
        series = f"participant_id\tkind\tpath\nA\tvbq_table\tvbq.csv\n{more}"
        files = {
            "config/participants.tsv": "participant_id\nA\n",
            "config/series.tsv": series,
            "config/config.yaml": "",
            "vbq.csv": "\n".join([columns, *rows]) + "\n",
        }
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text)
        return load_study(tmp_path)

    return loaded


def collected(study, tmp_path):
    into = Collected()
    collect_readings(study, tmp_path, into)
    add_computed(study, tmp_path / "results", into)
    rows = {(row.site, row.measure, row.reader): row.value for _, row in into.measurements}
    return rows, {(one.level, one.reason) for one in into.exclusions}, into


def rows_of(scores, reader=""):
    last = f",{reader}" if reader else ""
    return [f"A,{level},{score}{last}" for level, score in scores.items()]


def test_a_table_gives_the_scores_and_their_median(study, tmp_path):
    rows, excluded, into = collected(study(rows_of(SCORES)), tmp_path)
    expected = {(level, "vbq_level", "1"): score for level, score in SCORES.items()}
    assert rows == pytest.approx(expected | {("L1-L4", "vbq", "1"): (2.40 + 2.73) / 2})
    assert {row.method for _, row in into.measurements} == {"vbq.table"}
    assert excluded == set()


def test_of_two_readers_there_is_each_and_the_mean(study, tmp_path):
    other = {level: score + 0.2 for level, score in SCORES.items()}
    table = rows_of(SCORES, "ann") + rows_of(other, "bob")
    rows, *_ = collected(study(table, columns="participant_id,level,vbq,reader"), tmp_path)
    assert rows["L2", "vbq_level", "mean"] == pytest.approx(2.83)
    assert rows["L1-L4", "vbq", "bob"] == pytest.approx(2.565 + 0.2)
    assert rows["L1-L4", "vbq", "mean"] == pytest.approx(2.565 + 0.1)


FAULTS = {
    "A,L3,240": "row 4, vbq: 240; the signal of marrow over that of CSF is expected, 0.3 to 15",
    "A,L3,-2.4": "row 4, vbq: -2.4; the signal of marrow",
    "A,L3,": "row 4, vbq: blank; leave the row out",
    "A,L3,bright": "row 4, vbq: ",
    "A,L2,2.5": "row 4: L2 stands also in row 3; one score a vertebra and reader is expected.",
}


@pytest.mark.parametrize("row", FAULTS)
def test_a_bad_row_is_one_exclusion_and_no_value(study, tmp_path, row):
    table = rows_of({"L1": 2.0, "L2": 2.73})
    rows, excluded, _ = collected(study([*table, row, *rows_of({"L4": 3.43})]), tmp_path)
    level = row.split(",")[1]
    told = [reason for site, reason in excluded if site == level]
    assert len(told) == 1
    assert FAULTS[row] in told[0]
    assert (level, "vbq_level", "1") not in rows
    assert rows["L4", "vbq_level", "1"] == 3.43


def test_a_level_outside_the_lumbar_spine_is_told(study, tmp_path):
    _, excluded, _ = collected(study([*rows_of(SCORES), "A,S1,2.2"]), tmp_path)
    ((site, reason),) = excluded
    assert site == ""
    assert "'S1'; L1 to L5 is expected" in reason


def test_a_participant_without_rows_is_told(study, tmp_path):
    rows, excluded, _ = collected(study(["B,L1,2.0"]), tmp_path)
    assert rows == {}
    assert {reason for _, reason in excluded} == {"vbq.csv: no row of A."}


def test_a_table_goes_before_regions_that_a_label_map_places(study, tmp_path):
    for name in ("t1", "labels"):
        (tmp_path / name).mkdir()
    more = "A\tt1_sagittal\tt1\nA\tmr_vertebrae\tlabels\n"
    assert "measure_vbq" not in study(rows_of(SCORES), more).stages_of("A")


def test_the_methods_name_the_table():
    assert WORDS["vbq.table"] in methods_text(VbqSettings(), {"vbq.table": 3}, {})
