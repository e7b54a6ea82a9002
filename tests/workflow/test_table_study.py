"""The workflow on readings taken elsewhere, and on studies whose own files are wrong."""

from __future__ import annotations

import json

import pandas as pd

from .conftest import OF_RECORDS, run_workflow


def test_a_table_study_starts_no_job_per_participant(table_study):
    run = run_workflow(table_study)
    assert run.code == 0, run.output
    assert run.jobs == OF_RECORDS
    assert "12 of 12 participants analysed" in run.output
    assert "report.html" in run.output
    page = table_study / "snakemake.html"
    assert run_workflow(table_study, "--report", str(page)).code == 0
    assert page.stat().st_size > 0


def test_a_wrong_row_is_its_participants_fault_and_stops_nobody(table_study):
    readings = table_study / "hu.csv"
    text = readings.read_text().replace("T01,L3,upper,152", "T01,L3,upper,bright")
    readings.write_text(text)
    run = run_workflow(table_study, "results/tables/exclusions.csv")
    assert run.code == 0, run.output
    exclusions = pd.read_csv(table_study / "results/tables/exclusions.csv")
    (row,) = exclusions.itertuples()
    assert (row.participant_id, row.level, row.stage) == ("T01", "L3", "hounsfield")
    assert "'bright' is not a number" in row.reason


def test_a_missing_readings_table_excludes_and_does_not_stop(table_study):
    (table_study / "endplates.csv").unlink()
    run = run_workflow(table_study, "results/run.json")
    assert run.code == 0, run.output
    counts = json.loads((table_study / "results/run.json").read_text())["counts"]
    assert counts["vertebrae_measured_hu"] == 60
    assert counts["vertebrae_read_endplates"] == 0


def test_faults_of_the_studys_own_files_stop_it_before_any_job(table_study):
    (table_study / "config/config.yaml").write_text("hounsfeld: {}\nlevels: [L9]\n")
    people = table_study / "config/participants.tsv"
    people.write_text(people.read_text().replace("T03\t61", "T03\t611"))
    run = run_workflow(table_study)
    assert run.code == 1
    for part in ("3 problems", "'hounsfeld'",
                 "'hounsfield'", "'L9'", "row 5, age_years: 611"):  # fmt: skip
        assert part in run.output
    assert not (table_study / "results").exists()


def test_settings_may_be_given_on_the_command_line(table_study):
    run = run_workflow(
        table_study, "results/run.json", "--config", "hounsfield={osteoporosis_threshold: 130}"
    )
    assert run.code == 0, run.output
    record = json.loads((table_study / "results/run.json").read_text())
    assert record["settings"]["hounsfield"]["osteoporosis_threshold"] == 130


def test_nothing_but_results_is_written(table_study):
    before = {path for path in table_study.rglob("*") if path.is_file()}
    run = run_workflow(table_study, "results/run.json")
    assert run.code == 0
    written = {path for path in table_study.rglob("*") if path.is_file()} - before
    assert {path.relative_to(table_study).parts[0] for path in written} <= {"results", ".snakemake"}


def test_a_job_that_breaks_fails_loudly_and_its_log_is_named(table_study):
    """Not a fault of the data: the place of a result is taken by a folder."""
    (table_study / "results/statistics/models.csv").mkdir(parents=True)
    (table_study / "results/statistics/models.csv/mine").touch()
    run = run_workflow(table_study, "results/statistics/counts.csv")
    assert run.code == 1
    assert "results/logs/statistics.log: " in run.output
    assert (table_study / "results/statistics/models.csv/mine").exists()
