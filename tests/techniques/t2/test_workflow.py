"""A whole study: what is measured reaches the tables and the report, each refusal is one line."""

from __future__ import annotations

import csv
import json

import pytest

from bonecohort.techniques.t2.demo import CONFIG, TRUTH_PATH, write_t2_study
from tests.workflow.conftest import results_of, run_workflow

pytestmark = pytest.mark.long

QUESTION = """
variables:
  age_years: {label: Age, unit: years, type: continuous}
analyses:
  - correlation: {of: [age_years, mr_t2]}
"""


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Nine participants: of one an image is missing, of one echoes are, of one the field is."""
    folder = tmp_path_factory.mktemp("question") / "study"
    write_t2_study(folder, 9, seed=3)
    (folder / "config/config.yaml").write_text(
        CONFIG.replace(f"truth: {TRUTH_PATH}\n", "") + QUESTION
    )
    images = sorted((folder / "demo_t2/P005/multi_echo_se/echo_36").glob("*.dcm"))
    images[len(images) // 2].unlink()
    for path in (folder / "demo_t2/P006/multi_echo_se").iterdir():
        if int(path.name.partition("echo-")[2][0]) > 4:
            path.unlink()
    for path in (folder / "demo_t2/P008/multi_echo_gre").iterdir():
        if float(path.name.removeprefix("echo_")) > 5:
            for image in path.iterdir():
                image.unlink()
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


def test_the_tables_hold_the_truth(study):
    measured = {
        (row["participant_id"], row["site"], row["measure"]): float(row["value"])
        for row in rows_of(study / "results/tables/measurements.csv")
        if row["modality"] == "mr"  # PDFF is fitted to the magnitudes of gradient echoes
    }
    truth = {
        (row["participant_id"], row["level"], row["measure"]): float(row["value"])
        for row in rows_of(study / "demo_t2/truth.csv")
        if row["participant_id"] not in ("P005", "P006", "P008")
    }
    assert {key: measured[key] for key in truth} == pytest.approx(truth, rel=0.02)
    assert {name for name, *_ in measured} == {name for name, *_ in truth}


def test_each_refusal_is_one_exclusion(study):
    found = {
        (row["participant_id"], row["level"], row["stage"]): row["reason"]
        for row in rows_of(study / "results/tables/exclusions.csv")
        if row["stage"] != "fat_fraction"
    }
    assert found.keys() == {
        ("P005", "", "convert_multi_echo_se"), ("P006", "", "t2"), ("P008", "", "t2"),
    }  # fmt: skip
    assert "echo time 36 ms are missing" in found["P005", "", "convert_multi_echo_se"]
    assert "3 echoes are left to fit" in found["P006", "", "t2"]
    assert "T2* needs 3 echoes" in found["P008", "", "t2"]


def test_participants_and_sites_have_the_columns_of_the_contract(study):
    (first, *_) = rows_of(study / "results/tables/participants.csv")
    assert {"mr_t2", "mr_t2star"} <= first.keys()
    (first, *_) = rows_of(study / "results/tables/sites.csv")
    assert {"mr_t2", "mr_t2star"} <= first.keys()
    record = json.loads((study / "results/participants/P004/t2star/L1.json").read_text())
    assert record["echoes_fitted"] == [False, True] * 4


def test_the_report_has_both(study):
    page = (study / "results/report.html").read_text(encoding="utf-8")
    assert "T2 and T2*" in page
    assert (study / "results/participants/P004/qc/t2star.png").exists()


def test_no_identity_reaches_a_result(study):
    for name, content in results_of(study).items():
        assert b"DEMO^" not in content, name
        assert b"DEMO-P" not in content, name
