"""Whole studies: what is measured reaches the tables and the report, and nothing else does."""

from __future__ import annotations

import csv
import html
import re

import pytest

from bonecohort.techniques.dwi import demo
from bonecohort.techniques.dwi.demo import write_dwi_study
from bonecohort.techniques.fat_fraction.demo import write_fat_fraction_study
from tests.workflow.conftest import results_of, run_workflow

pytestmark = pytest.mark.long

QUESTION = """
variables:
  age_years: {label: Age, unit: years, type: continuous}
  bmd_class: {label: BMD class, type: categorical, levels: [normal, osteopenia, osteoporosis]}
analyses:
  - table1: {by: bmd_class, rows: [age_years, mr_fat_pdff, dwi_adc]}
  - correlation: {of: [mr_fat_pdff, dwi_adc]}
"""


def rows_of(path, delimiter=","):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """PDFF and ADC of six participants against their BMD class; one file of each is damaged."""
    folder = tmp_path_factory.mktemp("question") / "study"
    fat = folder / "fat"
    write_fat_fraction_study(fat, 6, seed=3)
    write_dwi_study(folder, 6, seed=3)
    series = rows_of(folder / "config/series.tsv", "\t")
    series += [
        row | {"path": f"fat/{row['path']}"}
        for row in rows_of(fat / "config/series.tsv", "\t")
        if row["kind"] != "mr_vertebrae"  # the label map of one series serves the other
    ]
    lines = ["\t".join(row.values()) for row in series]
    (folder / "config/series.tsv").write_text("\n".join(["participant_id\tkind\tpath", *lines]))
    people = rows_of(folder / "config/participants.tsv", "\t")
    classes = ("normal", "osteopenia", "osteoporosis")
    lines = [f"{one['participant_id']}\t{one['age_years']}\t{classes[at % 3]}"
             for at, one in enumerate(people)]  # fmt: skip
    header = "participant_id\tage_years\tbmd_class"
    (folder / "config/participants.tsv").write_text("\n".join([header, *lines]))
    config = folder / "config/config.yaml"
    config.write_text(config.read_text().replace(f"truth: {demo.TRUTH_PATH}\n", "") + QUESTION)
    next((folder / "demo_dwi/P004/dwi/b400").glob("*.dcm")).unlink()
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


def test_the_tables_hold_the_truth(study):
    measured = {
        (row["participant_id"], row["site"]): float(row["value"])
        for row in rows_of(study / "results/tables/measurements.csv")
        if row["measure"] == "adc"
    }
    truth = {
        (row["participant_id"], row["level"]): float(row["value"])
        for row in rows_of(study / "demo_dwi/truth.csv")
        if row["participant_id"] != "P004"
    }
    assert {key: measured[key] for key in truth} == pytest.approx(truth, abs=0.02)
    assert not any(participant == "P004" for participant, _ in measured)


def test_what_was_refused_is_an_exclusion_and_stops_nobody(study):
    (row,) = rows_of(study / "results/tables/exclusions.csv")
    assert (row["participant_id"], row["stage"], row["level"]) == ("P004", "convert_dwi", "")
    assert row["reason"].startswith("Images of b 400 are missing: at 1 of 9 positions")
    fat = rows_of(study / "results/tables/measurements.csv")
    assert any(row["participant_id"] == "P004" and row["modality"] == "mr_fat" for row in fat)


def test_participants_and_sites_have_the_columns_of_the_contract(study):
    (first, *_) = rows_of(study / "results/tables/participants.csv")
    assert {"dwi_adc", "dwi_adc_L1", "dwi_ivim_d", "dwi_dki_k", "mr_fat_pdff"} <= first.keys()
    (first, *_) = rows_of(study / "results/tables/sites.csv")
    assert {"dwi_adc", "dwi_adc_median", "dwi_snr_bmax", "mr_fat_pdff"} <= first.keys()


def test_the_report_has_no_word_of_what_the_study_does_not_ask(study):
    page = (study / "results/report.html").read_text(encoding="utf-8")
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    for word in (r"\bHU\b", "Hounsfield", r"\b[Ee]ndplate", r"\bCT\b"):
        assert re.findall(word, text) == []
    assert "Apparent diffusion" in text or "apparent diffusion coefficient" in text
    assert "PDFF of the same vertebrae" in text


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
