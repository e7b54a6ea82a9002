"""The column echo_time_ms of series.tsv: rows that make one stack, and what is wrong with them."""

from __future__ import annotations

import json

import pytest

from bonecohort.faults import StudyFault
from bonecohort.study import job_specs
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.job_specs import convert_task
from bonecohort.study.study import load_study

HEADER = "participant_id\tkind\tpath\tseries_uid\techo_time_ms\n"
OTHERS = "P001\thu_table\thu.csv\t\t\nP002\thu_table\thu.csv\t\t\n"
ECHOES = "P001\tmulti_echo_se\te1.nii.gz\t\t12\nP001\tmulti_echo_se\te2.nii.gz\t\t24,5\n"


def written(study, rows, participant="P001"):
    study.write("config/series.tsv", HEADER + OTHERS + rows.replace("P001", participant))
    return study


def test_rows_of_one_kind_are_several_echoes(study):
    loaded = load_study(written(study, ECHOES).path)
    rows = loaded.series_of("P001", "multi_echo_se")
    assert [(row.path, row.echo_time_ms) for row in rows] == [
        ("e1.nii.gz", 12.0),
        ("e2.nii.gz", 24.5),
    ]


def test_a_row_may_leave_its_time_to_the_header(study):
    rows = ECHOES.replace("24,5", "")
    loaded = load_study(written(study, rows).path)
    assert [row.echo_time_ms for row in loaded.series_of("P001", "multi_echo_se")] == [12.0, None]


def test_series_of_one_folder_are_named_by_their_uid(study):
    rows = "P001\tmulti_echo_gre\tgre\t1.2\t2.3\nP001\tmulti_echo_gre\tgre\t1.3\t4.6\n"
    assert len(load_study(written(study, rows).path).series_of("P001", "multi_echo_gre")) == 2


FAULTS = {
    "a word": (
        ECHOES.replace("24,5", "TE2"),
        "row 5, echo_time_ms: 'TE2' is not a number. A time in ms above 0 and below 1000",
    ),
    "thousands": (ECHOES.replace("24,5", "1,200"), "row 5, echo_time_ms: '1,200' may mean a"),
    "zero": (ECHOES.replace("24,5", "0"), "row 5, echo_time_ms: '0'. A time in ms above 0"),
    "negative": (ECHOES.replace("24,5", "-24"), "row 5, echo_time_ms: '-24'. A time in ms above"),
    "in microseconds": (ECHOES.replace("24,5", "24000"), "row 5, echo_time_ms: '24000'. A time"),
    "in s": (
        ECHOES.replace("24,5", "0.024").replace("\t12\n", "\t0.012\n"),
        "row 4, echo_time_ms: the largest of this participant is 0.024, so the times seem to be",
    ),
    "a kind without echoes": (
        "P001\tt2_map\tmap.nii.gz\t\t12\n",
        "row 4, echo_time_ms: '12'; a 't2_map' has no echoes: leave it blank.",
    ),
    "a table": (
        "P001\thu_table\thu2.csv\t\t12\n",
        "row 4, echo_time_ms: '12'; a 'hu_table' has no echoes: leave it blank.",
    ),
    "no times": (
        ECHOES.replace("24,5", "").replace("\t12\n", "\t\n"),
        "(the first is in row 4); one is expected, or a row an echo with its echo_time_ms.",
    ),
    "a file twice": (
        ECHOES.replace("e2.", "e1."),
        "row 5, path: it holds what row 4 holds; a file or folder of its own is expected",
    ),
    "a file in a folder": (
        "P001\tmulti_echo_se\tse/\t\t12\nP001\tmulti_echo_se\tse/e2.nii.gz\t\t24\n",
        "row 5, path: it holds what row 4 holds",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_cell_is_named(study, fault):
    rows, words = FAULTS[fault]
    with pytest.raises(StudyFault) as raised:
        load_study(written(study, rows).path)
    (problem,) = raised.value.problems
    assert words in problem
    assert "config/series.tsv" in problem


def test_a_changed_time_changes_the_task_of_its_participant_alone(study, monkeypatch):
    monkeypatch.chdir(study.path)
    monkeypatch.setattr(job_specs, "contents", lambda: Contents(CONTENTS))
    both = ECHOES + ECHOES.replace("P001", "P002")
    study.write("config/series.tsv", HEADER + OTHERS + both)
    loaded = load_study(study.path)
    before = {name: convert_task(loaded, name, "multi_echo_se") for name in ("P001", "P002")}
    files = json.loads(before["P001"])["files"]["multi_echo_se"]
    assert [file["echo_time_ms"] for file in files] == [12.0, 24.5]
    study.write("config/series.tsv", HEADER + OTHERS + both.replace("24,5", "24", 1))
    loaded = load_study(study.path)
    assert convert_task(loaded, "P001", "multi_echo_se") != before["P001"]
    assert convert_task(loaded, "P002", "multi_echo_se") == before["P002"]
