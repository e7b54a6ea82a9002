"""Records that are missing because a job failed: named as such, and never taken for measured."""

from __future__ import annotations

import json

import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.records import collect_records
from bonecohort.cohort.run_record import run_record
from bonecohort.cohort.tables import cohort_tables
from bonecohort.study.study import load_study

CONVERTED = {"status": "converted", "reason": ""}
HU = {"site": "L3", "modality": "CT", "measure": "hu", "value": 120.0, "unit": "HU",
      "method": "ellipse3.auto.v1", "reader": ""}  # fmt: skip


@pytest.fixture
def study(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/config.yaml").write_text(
        "levels: [L3, L4]\nvertebrae: {label_scheme: totalsegmentator_v2}\n"
    )
    (tmp_path / "config/participants.tsv").write_text("participant_id\nP1\nP2\n")
    kinds = ("ct", "vertebrae", "t2_sagittal", "endplate_markups")
    rows = [f"{name}\t{kind}\t{kind}" for name in ("P1", "P2") for kind in kinds]
    (tmp_path / "config/series.tsv").write_text(
        "\n".join(["participant_id\tkind\tpath", *rows]) + "\n"
    )
    for name in ("P1", "P2"):
        for kind in ("ct", "t2_sagittal"):
            record(tmp_path, name, f"{kind}.json", CONVERTED)
        for level in ("L3", "L4"):
            common = {"status": "measured", "reason": "", "flags": []}
            hu = {"measurements": [HU | {"site": level}]}
            record(tmp_path, name, f"hounsfield/{level}.json", common | hu)
            record(tmp_path, name, f"endplates/{level}.json", common | {"measurements": []})
    return tmp_path


def record(folder, name, path, content):
    file = folder / "results/participants" / name / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))


def lost(folder, *paths, log=""):
    """Have P1's job fail: its records are not there, and its log says something."""
    for path in paths:
        (folder / "results/participants/P1" / path).unlink()
    if log:
        (folder / "results/logs/P1").mkdir(parents=True, exist_ok=True)
        (folder / "results/logs/P1" / log).write_text("MemoryError")


def collected_of(folder):
    collected = Collected()
    study = load_study(folder)
    collect_records(study, folder / "results", collected)
    tables = cohort_tables(study, collected)
    exclusions = tables["exclusions"].to_dict("records")
    told = [(row["level"], row["stage"], row["reason"].rpartition("/")[2]) for row in exclusions]
    assert all(row["participant_id"] == "P1" for row in exclusions)
    assert all(row["reason"].startswith("failed: see the log ") for row in exclusions)
    assert all("results/logs/P1/" in row["reason"] for row in exclusions)
    return told, run_record(study, collected, tables, [], {}), tables["vertebrae"]


CT = ("ct.json", "hounsfield/L3.json", "hounsfield/L4.json")


@pytest.mark.parametrize(
    ("paths", "log", "told"),
    [
        (CT, "convert_ct.log", [("", "convert_ct", "convert_ct.log")]),
        (CT[1:], "crop.log", [("", "hounsfield", "crop.log")]),
        (CT[1:2], "hounsfield_L3.log", [("L3", "hounsfield", "hounsfield_L3.log")]),
        (CT[1:2], "", [("L3", "hounsfield", "hounsfield_L3.log")]),
        (("endplates/L4.json",), "endplates_L4.log", [("L4", "endplates", "endplates_L4.log")]),
        (("endplates/L4.json",), "convert_ct.log", [("L4", "endplates", "convert_ct.log")]),
    ],
)
def test_what_a_failed_job_did_not_measure_is_reported_with_its_log(study, paths, log, told):
    lost(study, *paths, log=log)
    found, run, vertebrae = collected_of(study)
    assert found == told
    assert run["failed"] == ["P1"]
    assert run["counts"]["failed"] == 1
    hu = vertebrae.set_index(["participant_id", "level"])["hu"]
    missing = {("P1", path[-7:-5]) for path in paths if path.startswith("hounsfield")}
    assert set(hu.index[hu.isna()]) == missing


def test_a_failure_that_leaves_nothing_is_no_fault_of_the_data(study):
    endplates = ("t2_sagittal.json", "endplates/L3.json", "endplates/L4.json")
    lost(study, *CT, *endplates, log="convert_ct.log")
    _, run, _ = collected_of(study)
    counts = run["counts"]
    assert (counts["included"], counts["analysed"]) == (2, 1)
    assert (counts["excluded_by_failure"], counts["excluded_by_fault"]) == (1, 0)


def test_a_study_without_a_failure_says_so(study):
    found, run, _ = collected_of(study)
    assert found == []
    assert run["failed"] == []
    assert (run["counts"]["failed"], run["counts"]["excluded_by_failure"]) == (0, 0)
