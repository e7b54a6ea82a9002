from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from bonecohort.papers.hao2025.report.availability import Known
from bonecohort.papers.hao2025.report.text.methods import limitations
from bonecohort.papers.hao2025.report.text.strobe_answers import strobe_answers
from bonecohort.report.printing.printer import Printer
from bonecohort.report.text.strobe import (
    TO_WRITE,
    StrobeRow,
    participants_answers,
    strobe_checklist,
)
from bonecohort.study.settings import Settings, StatisticsSettings
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from tests.conftest import with_section

RUN = {
    "counts": {
        "listed": 210, "included": 203, "analysed": 199, "excluded_by_fault": 4,
        "not_included_reasons": {"previous surgery": 5, "no MR": 2},
        "vertebrae_read_endplates": 990, "defect_vertebrae": 183,
    },
    "hu_methods": {"pacs.table": 995},
}  # fmt: skip
MISSING = pd.DataFrame(
    {
        "scope": ["variable", "variable", "variable", "model"],
        "variables": ["age_years", "bmi_kg_m2", "t_score", "age_years + bmi_kg_m2"],
        "n_missing": [0, 7, None, 7],
    }
)


def checklist(settings: Settings | None = None, run: dict | None = None) -> dict[str, StrobeRow]:
    return rows_of(settings or Settings(), RUN if run is None else run, (95, 104), Known())


def rows_of(
    settings: Settings, run: dict, sizes: tuple[int, ...], known: Known
) -> dict[str, StrobeRow]:
    notes = [*limitations(run, known), "A note."]
    answers = participants_answers(run.get("counts") or {}, ["HU were measured."], notes)
    answers |= strobe_answers(settings, run, MISSING, sizes, known, printer=Printer.of(settings))
    return {row.item: row for row in strobe_checklist(answers)}


def test_all_22_items_are_there_in_order():
    items = list(checklist())
    numbers = [int(re.match(r"\d+", item)[0]) for item in items]
    assert sorted(set(numbers)) == list(range(1, 23))
    assert numbers == sorted(numbers)
    assert len(items) == 32


def test_what_the_workflow_does_not_know_is_left_to_the_authors():
    rows = checklist()
    for item in ("1a", "1b", "2", "3", "5", "9", "12b", "12d", "16c", "18", "20", "21", "22"):
        assert rows[item].answer == TO_WRITE
        assert rows[item].where == ""
    assert all(row.where for row in rows.values() if row.answer != TO_WRITE)


def test_numbers_come_from_the_study():
    rows = checklist()
    assert "Listed 210, included 203, analysed 199." in rows["13a"].answer
    assert rows["13b"].answer == "5 × previous surgery; 2 × no MR; 4 × fault in the data."
    assert "95 of 199 participants" in rows["15"].answer
    assert "183 of 990 vertebrae" in rows["15"].answer


def test_missing_values_are_named_and_absent_variables_reported():
    answer = checklist()["14b"].answer
    assert "BMI 7" in answer
    assert "Age" not in answer
    assert "Not in the participants’ table: T-score" in answer


def test_the_settings_used_are_reported():
    settings = Settings(statistics=StatisticsSettings(multiple_imputation=30))
    settings = replace(settings, analysis=replace(settings.analysis, hu_thresholds=(100.0, 120.0)))
    settings = with_section(settings, HounsfieldSettings(osteoporosis_threshold=135.0))
    rows = checklist(settings)
    assert "30 imputed data sets" in rows["12c"].answer
    assert "No value was imputed" in checklist()["12c"].answer
    assert "below 135" in rows["11"].answer
    assert "100 and 120 HU" in rows["12e"].answer


@pytest.mark.parametrize("item", ["6a", "10", "13a", "16a", "19"])
def test_what_is_known_in_part_says_what_the_authors_must_add(item):
    assert checklist()[item].answer.endswith(f": {TO_WRITE[0].lower()}{TO_WRITE[1:]}")


def test_a_run_without_a_record_makes_up_no_number():
    rows = checklist(run={})
    assert "not recorded" in rows["13a"].answer
    assert not re.search(r"\d", rows["13a"].answer)


def test_a_study_without_endplates_claims_no_result_on_them():
    rows = rows_of(Settings(), RUN, (0, 0), Known(False, False, False))
    assert rows["15"].answer == "Endplates were not read."
    assert "Odds ratios" not in " ".join(row.answer for row in rows.values())


def test_failed_jobs_are_distinguished_from_faults_in_the_data():
    counts = RUN["counts"] | {"excluded_by_fault": 3, "excluded_by_failure": 1}
    told = " ".join(row.answer for row in checklist(run=RUN | {"counts": counts}).values())
    assert "3 × fault in the data" in told
    assert "1 × a job failed" in told
    assert "job failed" not in " ".join(row.answer for row in checklist().values())
