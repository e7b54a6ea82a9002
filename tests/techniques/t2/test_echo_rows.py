"""Echoes that series.tsv lists a row an echo, through the job of the conversion to T2."""

from __future__ import annotations

import json

import pytest

from bonecohort.images.nifti import write_nifti
from bonecohort.images.volume import Volume
from bonecohort.jobs import convert
from bonecohort.study import job_specs
from bonecohort.study.contents import CONTENTS, Contents
from bonecohort.study.inputs import reading_only_inputs
from bonecohort.study.study import load_study
from bonecohort.techniques.t2.jobs import measure
from tests.techniques.t2.conftest import ECHO_MS, LEVELS, T2

KIND = "multi_echo_se"
PARTICIPANTS = "participant_id\tsex\tage_years\nP001\tfemale\t70\nP002\tmale\t61\n"
ANALYSES = "analyses: [{table1: {by: sex, rows: [age_years]}}]\n"
HEADER = "participant_id\tkind\tpath\tlabel_scheme\techo_time_ms\n"


@pytest.fixture
def study(spine, tmp_path, monkeypatch):
    """Return a study of two participants, each with a NIfTI file an echo and no JSON file."""
    rows = []
    for name in ("P001", "P002"):
        (tmp_path / name).mkdir()
        for at, time_ms in enumerate(ECHO_MS):
            echo = Volume(spine.stack.array[..., at], spine.stack.affine_lps)
            write_nifti(tmp_path / f"{name}/{at}.nii.gz", echo)
            rows.append(f"{name}\t{KIND}\t{name}/{at}.nii.gz\t\t{time_ms:g}\n")
        write_nifti(tmp_path / f"{name}/labels.nii.gz", spine.labels)
        rows.append(f"{name}\tmr_vertebrae\t{name}/labels.nii.gz\ttotalsegmentator_mr\t\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(ANALYSES)
    (tmp_path / "config/participants.tsv").write_text(PARTICIPANTS)
    (tmp_path / "config/series.tsv").write_text(HEADER + "".join(rows))
    monkeypatch.setattr(job_specs, "contents", lambda: Contents(CONTENTS))  # looks anew each time
    monkeypatch.chdir(tmp_path)
    return tmp_path


def converted(study, name):
    """Run the conversion of a participant; return its record."""
    task = json.loads(job_specs.convert_task(load_study(study), name, KIND))
    with reading_only_inputs(task, CONTENTS):
        convert.run(task, study / "results")
    return json.loads((study / f"results/participants/{name}/{KIND}.json").read_text())


def test_a_row_an_echo_gives_the_true_t2(study):
    record = converted(study, "P001")
    assert [1000 * one["EchoTime"] for one in record["Volumes"]] == pytest.approx(ECHO_MS)
    task = json.loads(job_specs.stage_task(load_study(study), "P001", "measure_t2"))
    measure.run(task, study / "results")
    for level in LEVELS:
        path = study / f"results/participants/P001/t2/{level}.json"
        (row,) = json.loads(path.read_text())["measurements"]
        assert (row["measure"], row["unit"], row["method"]) == ("t2", "ms", "t2.mono.te24-96.v1")
        assert row["value"] == pytest.approx(T2[level], rel=0.02)


def test_a_wrong_time_is_a_fault_of_its_participant_alone(study):
    (study / "P001/3.json").write_text(json.dumps({"EchoTime": 0.06}))
    record = converted(study, "P001")
    assert record["status"] == "excluded"
    assert record["reason"] == (
        "File 4 of 8 in series.tsv: echo_time_ms is 48, and EchoTime of the JSON file says 60 ms. "
        "Correct the one that is wrong."
    )
    assert converted(study, "P002")["status"] == "converted"


def test_one_image_under_two_names_is_refused(study):
    (study / "P001/4.nii.gz").write_bytes((study / "P001/3.nii.gz").read_bytes())
    reason = converted(study, "P001")["reason"]
    assert reason.startswith("File 5 of 8 in series.tsv holds the same bytes as file 4 of 8")
