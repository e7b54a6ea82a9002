"""Jobs that fail: reported, without effect on others, and tried again by the next run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

from .conftest import (
    CONFIG,
    OF_RECORDS,
    REPOSITORY,
    assert_same_results,
    copy_checkout,
    run_of,
    run_workflow,
)
from .test_faults import GOOD, rows_of, table
from .test_interruptions import start, wait_for
from .test_reruns import one_dicom_file_replaced, plan_of


@pytest.mark.slow
def test_a_bug_fails_its_own_jobs_loudly_and_the_others_are_done(study, two_levels_study, tmp_path):
    """An error raised on purpose where the endplates of one vertebra are measured."""
    checkout = copy_checkout(tmp_path / "clone")
    module = checkout / "workflow/bonecohort/techniques/endplates/defects.py"
    text = module.read_text()
    assert "def assess_vertebra(" in text
    module.write_text(
        text
        + "\n\ndef _broken(readings):\n"
        + "    if readings[0].level == 'L4':\n        raise KeyError('on purpose')\n"
        + "    return _sound(readings)\n\n\n_sound, assess_vertebra = assess_vertebra, _broken\n"
    )
    run = run_of(checkout, study)
    assert run.code == 1
    for name in GOOD:
        assert f"results/logs/{name}/endplates_L4.log: KeyError" in run.output
        log = (study / f"results/logs/{name}/endplates_L4.log").read_text()
        assert "in _broken" in log
        own = study / f"results/participants/{name}/endplates"
        assert not (own / "L4.json").exists()
        undisturbed = two_levels_study / f"results/participants/{name}/endplates/L3.json"
        assert (own / "L3.json").read_bytes() == undisturbed.read_bytes()
    mended = run_of(REPOSITORY, study)
    assert mended.code == 0, mended.output
    assert mended.jobs == {"measure_endplates": 4} | OF_RECORDS


@pytest.mark.long
def test_after_a_run_that_failed_only_who_is_left_is_looked_at(study, tmp_path):
    checkout = copy_checkout(tmp_path / "clone")
    job = checkout / "workflow/bonecohort/techniques/endplates/jobs/measure.py"
    job.write_text(
        job.read_text()
        + "\n\ndef run(task, results, sound=run):\n"
        + "    assert task['participant_id'] != 'P001', 'on purpose'\n    sound(task, results)\n"
    )
    assert run_of(checkout, study).code == 1
    looked_at = run_of(checkout, study, "--dry-run", "--debug-dag").output
    assert "participant=P001" in looked_at
    assert "participant=P002" not in looked_at


@pytest.mark.long
@pytest.mark.parametrize("log", ["P001/endplates_L3.log", "records.log", "cohort.log"])
def test_a_job_that_failed_in_a_finished_study_is_tried_again(study, tmp_path, monkeypatch, log):
    (study / "demo/P001/endplates.mrk.json").write_text("not a markups file")
    undisturbed = shutil.copytree(study, tmp_path / "undisturbed", symlinks=True)
    assert run_workflow(undisturbed).code == 0
    assert not table(study, "exclusions").equals(table(undisturbed, "exclusions"))

    failing = tmp_path / "failing.sh"
    failing.write_text(f'case "$BASH_EXECUTION_STRING" in *logs/{log}*) exit 1;; esac')
    monkeypatch.setenv("BASH_ENV", str(failing))  # bash reads it before the job's command
    assert run_workflow(study).code == 1
    monkeypatch.delenv("BASH_ENV")
    plan = plan_of(study)
    assert "a result is missing" in plan
    assert "on the command line" not in plan
    mended = run_workflow(study)
    assert mended.code == 0, mended.output
    assert run_workflow(study, "--dry-run").jobs == {}
    assert_same_results(study, undisturbed)


def failing(tmp_path, monkeypatch, *logs: str, by: str = "exit 1") -> None:
    """Have the jobs with these logs fail by an error that nobody foresaw."""
    script = tmp_path / "failing.sh"
    cases = "".join(
        f"*results/logs/{log}*) mkdir -p $(dirname results/logs/{log}); "
        f"echo MemoryError > results/logs/{log}; {by};; "
        for log in logs
    )
    script.write_text(f'case "$BASH_EXECUTION_STRING" in {cases}esac\n')
    monkeypatch.setenv("BASH_ENV", str(script))  # bash reads it before the job's command


def assert_report_of_the_others(study, run, undisturbed, log: str) -> None:
    assert run.code == 1, run.output
    assert "P001" in run.output
    assert "bonecohort: 1 of 2 participants analysed" in run.output
    assert "1 with a job that failed: the report lacks what it would have measured" in run.output
    for name in ("measurements", "vertebrae", "endplates", "participants"):
        assert rows_of(study, name, ["P002"]) == rows_of(undisturbed, name, ["P002"])
        assert rows_of(study, name, ["P002"])
    reasons = set(table(study, "exclusions").set_index("participant_id").loc["P001", "reason"])
    assert f"failed: see the log results/logs/P001/{log}" in reasons
    record = json.loads((study / "results/run.json").read_text())
    assert record["failed"] == ["P001"]
    counts = record["counts"]
    assert (counts["included"], counts["analysed"], counts["failed"]) == (2, 1, 1)
    assert (counts["excluded_by_failure"], counts["excluded_by_fault"]) == (1, 0)
    report = (study / "results/report.html").read_text()
    assert "1 participant with a job that failed" in report
    assert "Lacking, for a job failed: 1" in report
    status = subprocess.run(
        [sys.executable, "-m", "bonecohort", "status", str(study)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "1 with a job that failed: P001" in status


@pytest.mark.slow
def test_the_report_of_the_others_is_made_when_jobs_of_one_fail(
    two_levels_study, tmp_path, monkeypatch
):
    leave = shutil.ignore_patterns("results", ".snakemake")
    study = shutil.copytree(two_levels_study, tmp_path / "study", ignore=leave)
    logs = ("convert_ct.log", "convert_t2_sagittal.log")
    failing(tmp_path, monkeypatch, *(f"P001/{log}" for log in logs))
    run = run_workflow(study)
    for log in logs:
        assert_report_of_the_others(study, run, two_levels_study, log)
    monkeypatch.delenv("BASH_ENV")
    mended = run_workflow(study)
    assert mended.code == 0, mended.output
    assert mended.jobs["convert_series"] == 2
    assert_same_results(study, two_levels_study)
    assert run_workflow(study, "--dry-run").jobs == {}


@pytest.mark.slow
def test_what_was_made_of_a_result_that_could_not_be_made_is_in_no_table(
    study, two_levels_study, tmp_path, monkeypatch
):
    """Its HU are those of the CT before, and its CT cannot be converted now."""
    one_dicom_file_replaced(study)
    failing(tmp_path, monkeypatch, "P001/convert_ct.log")
    run = run_workflow(study)
    assert run.code == 1
    vertebrae = table(study, "vertebrae").set_index("participant_id")
    assert set(vertebrae.loc["P001", "hu"]) == {""}
    assert "" not in set(vertebrae.loc["P002", "hu"])
    assert "" not in set(vertebrae.loc["P001", "defect_type"])  # those of the T2 stand
    assert not list((study / "results/participants/P001").glob("hounsfield/*"))
    counts = json.loads((study / "results/run.json").read_text())["counts"]
    assert (counts["analysed"], counts["failed"], counts["excluded_by_failure"]) == (2, 1, 0)
    report = (study / "results/report.html").read_text()
    assert "Analysed in part, for a job failed: 1" in report
    again = run_workflow(study)  # it fails again: the report of the others stands
    assert again.code == 1
    assert json.loads((study / "results/run.json").read_text())["failed"] == ["P001"]


ENDS = {
    "memory": "raise MemoryError",
    "recursion": "again = lambda: again(); again()",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "segmentation fault": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "exit": "raise SystemExit(3)",
}


@pytest.mark.long
@pytest.mark.parametrize("end", ENDS)
def test_however_a_job_ends_the_report_of_the_others_is_made(
    study, two_levels_study, tmp_path, end
):
    checkout = copy_checkout(tmp_path / "clone")
    job = checkout / "workflow/bonecohort/jobs/convert.py"
    job.write_text(
        job.read_text()
        + "\n\ndef run(task, results, sound=run):\n"
        + f"    if task['participant_id'] == 'P001':\n        {ENDS[end]}\n"
        + "    sound(task, results)\n"
    )
    run = run_of(checkout, study)
    assert_report_of_the_others(study, run, two_levels_study, "convert_ct.log")


@pytest.mark.long
def test_a_forced_run_with_a_job_that_fails_does_nothing_twice(study, tmp_path, monkeypatch):
    failing(tmp_path, monkeypatch, "P001/convert_ct.log")
    run = run_workflow(study, "--forceall")
    assert run.code == 1
    _, _, second = run.output.partition("now the tables and the report are made")
    assert second
    assert "convert_series" not in second
    assert "assemble_cohort" in second


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_somebody_stops_is_followed_by_no_other(study, tmp_path, monkeypatch, held, by):
    (study / "config/config.yaml").write_text(CONFIG + "hounsfield: {sd_flag_hu: 55}\n")
    hold, go_on = held
    begun = hold("P002/hounsfield_L3.log")
    holding = (tmp_path / "held.sh").read_text()
    failing(tmp_path, monkeypatch, "P001/hounsfield_L3.log")
    script = tmp_path / "failing.sh"
    script.write_text(script.read_text() + holding)
    run = start(study)
    log = study / "run.log"
    wait_for(lambda: begun.exists() and "P001: could not measure HU" in log.read_text(), run)
    if by == signal.SIGINT:  # as a terminal's Ctrl-C, it reaches the jobs as well
        os.killpg(run.pid, by)
    else:
        run.send_signal(by)
        go_on()
    assert run.wait() == (130 if by == signal.SIGINT else 1)
    words = log.read_text()
    assert "now the tables" not in words
    assert ("bonecohort: interrupted. What is done is kept" in words) == (by == signal.SIGINT)
    assert "P002: could not" not in words


@pytest.mark.slow
def test_files_that_change_after_their_digests_were_taken_are_found(study, held):
    """One that series.tsv names, before its job reads it."""
    hold, go_on = held
    shutil.rmtree(study / "results")
    begun = hold("P001/convert_ct.log")
    run = start(study)
    wait_for(begun.exists, run)
    one_dicom_file_replaced(study)
    go_on()
    assert run.wait() == 1
    log = study / "results/logs/P001/convert_ct.log"
    assert log.read_text() == (
        "A file that series.tsv names for P001 changed while the run was on. What was made of it "
        "is not kept, and the next run makes it again.\n"
    )
    assert json.loads((study / "results/run.json").read_text())["failed"] == ["P001"]
    assert not (study / "results/participants/P001/ct.json").exists()
    assert plan_of(study).startswith("The next run does ")
    again = run_workflow(study)
    assert again.code == 0, again.output
    assert again.jobs["convert_series"] == 1
    assert json.loads((study / "results/run.json").read_text())["failed"] == []
    assert plan_of(study) == "Nothing to do: every result is up to date.\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("log", "name"),
    [
        ("cohort.log", "participants.tsv"),
        pytest.param("statistics.log", "series.tsv", marks=pytest.mark.long),
    ],
)
def test_a_table_of_the_study_that_changes_while_the_run_is_on_is_found(study, held, log, name):
    hold, go_on = held
    (study / "config/config.yaml").write_text(CONFIG + "statistics: {t_test: welch}\n")
    begun = hold(log)
    run = start(study)
    wait_for(begun.exists, run)
    path = study / "config" / name
    path.write_text(path.read_text() + "\n")
    go_on()
    assert run.wait() == 1
    told = (study / "results/logs" / log).read_text()
    assert told.startswith(f"config/{name} changed while the run was on")
    assert "now the tables" not in (study / "run.log").read_text()
    again = run_workflow(study)
    assert again.code == 0, again.output
    assert plan_of(study) == "Nothing to do: every result is up to date.\n"
