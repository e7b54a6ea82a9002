"""A whole run on the demo study: the truth in the cohort's tables, and nothing of identity."""

from __future__ import annotations

import csv

import pytest

from bonecohort.techniques.fat_fraction.demo import write_fat_fraction_study
from tests.workflow.conftest import results_of, run_workflow

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A map of either vendor, a pair listed the other way round, and echoes."""
    folder = tmp_path_factory.mktemp("fat") / "study"
    write_fat_fraction_study(folder, 4, seed=7)
    table = folder / "config" / "series.tsv"
    text = table.read_text()
    text = table.read_text().replace("P003\twater_image", "P003\tother")
    text = text.replace("P003\tfat_image", "P003\twater_image")
    table.write_text(text.replace("P003\tother", "P003\tfat_image"))
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_tables_hold_the_truth(study):
    measured = {
        (row["participant_id"], row["site"], row["measure"]): float(row["value"])
        for row in rows_of(study / "results/tables/measurements.csv")
        if row["modality"] == "mr_fat"
    }
    truth = {
        (row["participant_id"], row["level"], row["measure"]): float(row["value"])
        for row in rows_of(study / "demo_mr/truth.csv")
        if (row["participant_id"], row["measure"]) != ("P003", "fat_fraction_signal")
    }
    assert {key: measured[key] for key in truth} == pytest.approx(truth, abs=0.5)


def test_echoes_are_fitted_and_the_methods_say_so(study):
    rows = rows_of(study / "results/tables/measurements.csv")
    own = {row["method"] for row in rows if row["participant_id"] == "P004"}
    assert own == {"pdff.complex.v1", "r2star.complex.v1"}
    assert (study / "results/participants/P004/fat_fraction/echoes.nii.gz").is_file()
    page = (study / "results/report.html").read_text(encoding="utf-8")
    assert "fitted to complex echoes" in page


def test_images_listed_the_other_way_round_are_reported(study):
    flags = rows_of(study / "results/tables/flags.csv")
    told = {row["text"] for row in flags if row["participant_id"] == "P003"}
    assert len(told) == 1
    assert told.pop().startswith("not_measured: No series shows water")


def test_every_participant_has_a_picture(study):
    for name in ("P001", "P002", "P003", "P004"):
        assert (study / "results/participants" / name / "qc/fat_fraction.png").is_file()


def test_no_identity_reaches_a_result(study):
    for name, content in results_of(study).items():
        assert b"DEMO^" not in content, name
        assert b"DEMO-P" not in content, name


def test_a_second_run_has_nothing_to_do(study):
    before = results_of(study)
    run = run_workflow(study)
    assert run.code == 0
    assert run.jobs == {}
    assert results_of(study) == before
