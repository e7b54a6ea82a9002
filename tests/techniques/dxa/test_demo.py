"""The demo study of HU against DXA: its truth, and its question answered by a report."""

from __future__ import annotations

import csv
import re

import pandas as pd
import pytest

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.readings import collect_readings
from bonecohort.cohort.tables import cohort_tables
from bonecohort.faults import StudyFault
from bonecohort.study.study import load_study
from bonecohort.techniques.dxa.demo import write_dxa_study
from tests.workflow.conftest import results_of, run_workflow

PEOPLE, SEED = 40, 1
AS_ROUNDED = {"bmd": 0.0005, "t_score": 0.005}
"""BMC are written with four decimals, BMD with three."""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dxa") / "study"
    write_dxa_study(folder, PEOPLE, SEED)
    return folder


@pytest.fixture(scope="module")
def tables(study):
    loaded = load_study(study)
    collected = Collected()
    collect_readings(loaded, study, collected)
    return cohort_tables(loaded, collected)


def truth(study):
    with (study / "demo_dxa/truth.csv").open(newline="") as file:
        return {(row["participant_id"], row["level"], row["measure"]): float(row["value"])
                for row in csv.DictReader(file)}  # fmt: skip


def held_to_the_truth(study, measurements):
    own = measurements[measurements["modality"] == "dxa"]
    found = {(row.participant_id, row.site, row.measure): row.value for row in own.itertuples()}
    wanted = truth(study)
    assert len(wanted) > 5 * PEOPLE
    for key, value in wanted.items():
        assert found[key] == pytest.approx(value, abs=AS_ROUNDED[key[2]]), key


def test_the_tables_hold_the_truth(study, tables):
    held_to_the_truth(study, tables["measurements"])
    others = tables["exclusions"].query("stage != 'eligibility'")
    assert set(others["level"]) <= {"lowest"}  # of those without a class


def test_every_class_occurs(tables):
    assert set(tables["participants"]["dxa_who_class"].dropna()) == {
        "normal", "low bone mass", "osteoporosis"
    }  # fmt: skip


def test_nothing_is_overwritten(study):
    with pytest.raises(StudyFault, match="holds a study already"):
        write_dxa_study(study, 3, seed=12)


@pytest.mark.slow
@pytest.mark.long
def test_a_run_answers_how_hu_goes_with_the_t_score(study):
    run = run_workflow(study)
    assert run.code == 0, run.output
    results = study / "results"
    held_to_the_truth(study, pd.read_csv(results / "tables/measurements.csv"))
    people = pd.read_csv(results / "tables/participants.csv")
    r = people["total_spine_hu"].corr(people["dxa_t_score"])
    pairs = pd.read_csv(results / "statistics/analyses/02_correlation.csv").set_index(["x", "y"])
    assert pairs.loc[("total_spine_hu", "dxa_t_score"), "r"] == pytest.approx(r)
    (area,) = pd.read_csv(results / "statistics/analyses/03_roc.csv").to_dict("records")
    assert area["events"] == (people["dxa_osteoporosis"] == "yes").sum()
    with_it, without = (
        people.loc[people["dxa_osteoporosis"] == answer, "total_spine_hu"]
        for answer in ("yes", "no")
    )
    lower = with_it.to_numpy()[:, None] < without.to_numpy()
    assert area["auc"] == pytest.approx(lower.mean())
    assert 0.7 < area["auc"] < 1
    text = words_of(results / "report.html")
    assert "Bone mineral density by DXA" in text
    assert "ROC curves for osteoporosis by DXA" in text
    assert "endplate" not in text.lower()
    for name, content in results_of(study).items():
        assert b"A0001" not in content, name  # the scan's own number
    again = run_workflow(study)
    assert (again.code, again.jobs) == (0, {})


@pytest.mark.slow
@pytest.mark.long
def test_a_study_of_dxa_alone_has_no_word_of_hu(tmp_path):
    folder = tmp_path / "study"
    write_dxa_study(folder, 12, SEED)
    series = folder / "config/series.tsv"
    lines = [line for line in series.read_text().splitlines() if "hu_table" not in line]
    series.write_text("\n".join(lines) + "\n")
    config = folder / "config/config.yaml"
    text = config.read_text().partition("analyses:")[0]
    config.write_text(f"{text}analyses:\n  - table1: {{by: sex, rows: [dxa_t_score, dxa_bmd]}}\n")
    run = run_workflow(folder)
    assert run.code == 0, run.output
    told = words_of(folder / "results/report.html")
    assert "Lowest T-score (DXA)" in told
    assert re.findall(r"\bHU\b|[Hh]ounsfield|[Ee]ndplate", told) == []


def words_of(report):
    """Return the words of a report as people read them."""
    html = report.read_text(encoding="utf-8")
    return re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
