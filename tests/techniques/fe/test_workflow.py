"""Whole runs: of the demo study of segmented bones, and of a calibrated CT beside a specimen."""

from __future__ import annotations

import csv
import re
from html import unescape

import pandas as pd
import pytest

from bonecohort.techniques.fe.demo import write_fe_study
from bonecohort.techniques.qct.demo import write_qct_study
from tests.techniques.fe.bones import MODULUS, prism, write_labels
from tests.workflow.conftest import results_of, run_workflow

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module")
def bones(tmp_path_factory):
    """The demo study of three participants, one of whose bones is cut through."""
    folder = tmp_path_factory.mktemp("bones") / "study"
    write_fe_study(folder, 3, seed=1)
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


def values_of(folder, modality="fe"):
    rows = pd.read_csv(folder / "results/tables/measurements.csv")
    own = rows[rows.modality == modality]
    return {(row.participant_id, row.site, row.measure): row.value for row in own.itertuples()}


def test_the_tables_hold_the_truth(bones):
    measured = values_of(bones)
    with (bones / "demo_fe/truth.csv").open(newline="") as file:
        truth = {
            (row["participant_id"], row["level"], row["measure"]): float(row["value"])
            for row in csv.DictReader(file)
        }
    assert {key: measured[key] for key in truth} == pytest.approx(truth, rel=1e-4)
    people = pd.read_csv(bones / "results/tables/participants.csv").set_index("participant_id")
    load = truth["P001", "radius_distal_L", "failure_load"]
    assert people.fe_failure_load["P001"] == pytest.approx(load, rel=1e-4)
    assert people.fe_failure_load_radius_distal_L["P001"] == pytest.approx(load, rel=1e-4)
    sites = pd.read_csv(bones / "results/tables/sites.csv").set_index(["participant_id", "site"])
    assert sites.fe_failure_load["P001", "radius_distal_L"] == pytest.approx(load, rel=1e-4)


def test_a_bone_without_a_load_path_has_one_line_and_no_row(bones):
    exclusions = pd.read_csv(bones / "results/tables/exclusions.csv").query("stage == 'fe'")
    (row,) = exclusions.itertuples()
    assert (row.participant_id, row.level) == ("P003", "tibia_distal_L")
    assert "no load path" in row.reason
    assert not [key for key in values_of(bones) if key[:2] == ("P003", "tibia_distal_L")]


def test_the_report_speaks_of_bones_and_of_nothing_that_was_not_measured(bones):
    page = (bones / "results/report.html").read_text()
    page = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    words = re.sub(r"\s+", " ", unescape(page))
    assert "Stiffness and failure load by finite elements, by site" in words
    assert "Pistoia" in words
    assert "endplate" not in words.lower()
    assert not re.search(r"\bHU\b|Hounsfield", words)


def test_every_participant_has_a_picture(bones):
    for name in ("P001", "P002", "P003"):
        assert (bones / "results/participants" / name / "qc/fe.png").is_file()


def test_a_second_run_has_nothing_to_do(bones):
    before = results_of(bones)
    assert run_workflow(bones).jobs == {}
    assert results_of(bones) == before


def test_a_vertebra_on_a_calibrated_ct_and_a_specimen_of_one_participant(tmp_path):
    folder = tmp_path / "study"
    write_qct_study(folder, 1, seed=3)
    config = folder / "config/config.yaml"
    config.write_text(
        f"{config.read_text().partition('analyses:')[0]}"
        "fe: {levels: [L3], boundary: frictionless}\n"
        "analyses: [table1: {by: sex, rows: [fe_failure_load, qct_vbmd]}]\n"
    )
    write_labels(folder / "specimen.nii.gz", prism())
    table = folder / "config/series.tsv"
    table.write_text(table.read_text() + "P001\txct_segmentation\tspecimen.nii.gz\n")
    run = run_workflow(folder)
    assert run.code == 0, run.output
    assert (run.jobs["measure_vertebra_strength"], run.jobs["measure_ufe"]) == (1, 1)
    found = values_of(folder)
    stiffness = MODULUS * (prism()[:, :, 0] > 0).sum() * 0.061 / 10
    assert found["P001", "specimen", "stiffness"] == pytest.approx(stiffness, rel=1e-4)
    assert 3000 < found["P001", "L3", "stiffness"] < 60_000
    people = pd.read_csv(folder / "results/tables/participants.csv")
    assert people.fe_failure_load_L3[0] == found["P001", "L3", "failure_load"]
