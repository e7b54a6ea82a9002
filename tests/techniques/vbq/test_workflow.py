"""A whole study: what is measured reaches the tables and the report, and nothing else does."""

from __future__ import annotations

import csv
import html
import re

import pytest

from bonecohort.images.nifti import read_nifti, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.techniques.vbq.demo import CONFIG, TRUTH_PATH, write_vbq_study
from tests.workflow.conftest import results_of, run_workflow

pytestmark = pytest.mark.long

QUESTION = """
variables:
  age_years: {label: Age, unit: years, type: continuous}
analyses:
  - correlation: {of: [age_years, mr_vbq]}
"""


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Six participants: of one a slice is missing, of one the canal, of one L1 and L2."""
    folder = tmp_path_factory.mktemp("question") / "study"
    write_vbq_study(folder, 6, seed=3)
    (folder / "config/config.yaml").write_text(
        CONFIG.replace(f"truth: {TRUTH_PATH}\n", "") + QUESTION
    )
    images = sorted((folder / "demo_vbq/P003/t1_sagittal").glob("*.dcm"))
    images[len(images) // 2].unlink()
    for participant, numbers in (("P004", (2,)), ("P005", (41, 42))):
        path = folder / f"demo_vbq/{participant}/mr_vertebrae.nii.gz"
        labels = read_nifti(path)
        array = labels.array.copy()
        for number in numbers:
            array[array == number] = 0
        write_nifti(path, Volume(array, labels.affine_lps))
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


def test_the_tables_hold_the_truth(study):
    measured = {
        (row["participant_id"], row["site"], row["measure"]): float(row["value"])
        for row in rows_of(study / "results/tables/measurements.csv")
    }
    truth = {
        (row["participant_id"], row["level"], row["measure"]): float(row["value"])
        for row in rows_of(study / "demo_vbq/truth.csv")
        if row["participant_id"] not in ("P003", "P004", "P005")
    }
    assert {key: measured[key] for key in truth} == pytest.approx(truth, rel=0.01)
    assert {name for name, *_ in measured} == {"P001", "P002", "P005", "P006"}


def test_each_refusal_is_one_exclusion(study):
    found = {
        (row["participant_id"], row["level"], row["stage"])
        for row in rows_of(study / "results/tables/exclusions.csv")
    }
    assert found == {
        ("P003", "", "convert_t1_sagittal"), ("P004", "", "vbq"), ("P005", "L1", "vbq"),
        ("P005", "L2", "vbq"), ("P005", "L1-L4", "vbq"),
    }  # fmt: skip


def test_participants_and_sites_have_the_columns_of_the_contract(study):
    (first, *_) = rows_of(study / "results/tables/participants.csv")
    assert {"mr_vbq", "mr_vbq_level_L1"} <= first.keys()
    (first, *_) = rows_of(study / "results/tables/sites.csv")
    assert {"mr_vbq", "mr_vbq_level", "mr_ebq"} <= first.keys()


def test_the_report_has_no_word_of_what_the_study_does_not_ask(study):
    page = (study / "results/report.html").read_text(encoding="utf-8")
    assert 'id="vbq"' in page
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    for word in (r"\bHU\b", "Hounsfield", r"\bCT\b", "endplate defect"):
        assert re.findall(word, text) == []
    assert "Vertebral bone quality" in text


def test_no_identity_reaches_a_result(study):
    for name, content in results_of(study).items():
        assert b"DEMO^" not in content, name
        assert b"DEMO-P" not in content, name
