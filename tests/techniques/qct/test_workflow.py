"""A whole run of a study of QCT and fractures, by readings and phantoms as tables."""

from __future__ import annotations

import re
from html import unescape

import pandas as pd
import pytest

from bonecohort.techniques.qct.demo import write_qct_study
from tests.techniques.qct.study import PHANTOM, QUESTION, write_rods, write_study
from tests.workflow.conftest import results_of, run_workflow

pytestmark = [pytest.mark.slow, pytest.mark.long]
N = 40


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The study, run from the tables to the report; one phantom has two rods."""
    folder = tmp_path_factory.mktemp("qct") / "study"
    truth = write_study(folder, N, PHANTOM + QUESTION)
    write_rods(folder / "rods/Q05.csv", [0, 200], densities=[0, 150])
    run = run_workflow(folder)
    assert run.code == 0, run.output
    assert run.jobs["calibrate_qct"] == run.jobs["show_qct"] == N
    return folder, truth


def words_of(folder):
    page = (folder / "results/report.html").read_text()
    page = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(page))


def test_the_tables_hold_the_truth(study):
    folder, truth = study
    people = pd.read_csv(folder / "results/tables/participants.csv").set_index("participant_id")
    for name, densities in truth.items():
        if name != "Q05":
            mean = (densities["L1"] + densities["L2"]) / 2
            assert people["qct_vbmd"][name] == pytest.approx(mean, abs=1e-6)
    assert pd.isna(people["qct_vbmd"]["Q05"])
    exclusions = pd.read_csv(folder / "results/tables/exclusions.csv").query("stage == 'qct'")
    (row,) = exclusions.itertuples()
    assert (row.participant_id, row.reason) == (
        "Q05", "The phantom has 2 rods; 3 or more are needed.",
    )  # fmt: skip


def test_the_report_answers_with_densities(study):
    words = words_of(study[0])
    assert "A phantom with rods of K2HPO4 was scanned with 39 participants" in words
    assert "Volumetric BMD" in words
    assert "low bone mass between" in words
    assert "ACR–SPR–SSR practice parameter" in words
    assert "The phantom has 2 rods; 3 or more are needed." in words
    assert "Standard error of the slope" in words
    assert "endplate" not in words.lower()
    roc = next((study[0] / "results/statistics/analyses").glob("*_roc.csv"))
    assert "qct_vbmd" in roc.read_text()


def test_a_second_run_has_nothing_to_do_and_a_changed_phantom_one_calibration(study):
    folder, _ = study
    assert run_workflow(folder).jobs == {}
    rods = folder / "rods/Q07.csv"
    rods.write_text(rods.read_text().replace("200.0,", "201.0,"))
    run = run_workflow(folder)
    assert run.code == 0
    assert (run.jobs["calibrate_qct"], run.jobs["show_qct"]) == (1, 1)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo study, run from the scans to the report."""
    folder = tmp_path_factory.mktemp("demo") / "study"
    write_qct_study(folder, 3, seed=11)
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


def test_densities_of_the_demo_are_the_truth(demo):
    rows = pd.read_csv(demo / "results/tables/measurements.csv").query("measure == 'vbmd'")
    found = {(row.participant_id, row.site): row for row in rows.itertuples()}
    true = pd.read_csv(demo / "demo_qct/truth.csv")
    assert len(true) == 15
    for row in true.itertuples():
        measured = found[row.participant_id, row.level]
        assert measured.value == pytest.approx(row.value, abs=2.5)
        is_table = row.participant_id == "P003"
        assert measured.method == ("qct.mindways.k2hpo4" if is_table else "qct.rods.k2hpo4")
    people = pd.read_csv(demo / "results/tables/participants.csv")
    assert people["qct_vbmd"].notna().all()


def test_the_demo_has_pictures_and_no_identity(demo):
    for name in ("P001", "P002", "P003"):
        assert (demo / f"results/participants/{name}/qc/qct.png").is_file()
    for name, content in results_of(demo).items():
        assert b"DEMO^" not in content, name
