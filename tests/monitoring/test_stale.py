"""Results that are there, of other files or settings than the study has now."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bonecohort.cli import main
from bonecohort.monitoring.stale import stale_results
from bonecohort.study.job_specs import cohort_job_task, participant_task
from bonecohort.study.job_table import cohort_jobs, participant_jobs
from bonecohort.study.layout import participant_folder
from bonecohort.study.provenance import RESULTS, recording_provenance
from bonecohort.study.study import load_study
from bonecohort.study.writing import whole_file

HOLD = """
import sys
from bonecohort.monitoring.run_lock import acquire_run_lock
run_lock = acquire_run_lock(print)
print("taken", flush=True)
sys.stdin.read()
"""
RECORD = '{"status": "measured", "reason": ""}'
NAMES = ("P1", "P2", "T")


def made(job, task, result):
    """Write a result as its job does, with what it was made from."""
    with recording_provenance(job.calls, json.loads(task)), whole_file(result) as unfinished:
        unfinished.write_text(RECORD)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Two participants with images, one with readings from a table; all of it is done."""
    files = {
        "config/config.yaml": "levels: [L3]\nvertebrae: {label_scheme: totalsegmentator_v2}\n",
        "config/participants.tsv": "participant_id\tage_years\nP1\t70\nP2\t71\nT\t72\n",
        "config/series.tsv": "participant_id\tkind\tpath\n"
        + "".join(f"{name}\t{kind}\t{name}/{kind}\n" for name in ("P1", "P2")
                  for kind in ("ct", "vertebrae", "t2_sagittal", "endplate_markups"))
        + "T\thu_table\thu.csv\n",
        "hu.csv": "participant_id,level,plane,hu\nT,L3,upper,100\n",
        **{f"{name}/{kind}": kind for name in ("P1", "P2")
           for kind in ("ct", "vertebrae", "t2_sagittal", "endplate_markups")},
    }  # fmt: skip
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    loaded = load_study(tmp_path)
    for name in NAMES:
        for job in participant_jobs(loaded, name):
            result = participant_folder(RESULTS, name) / job.result
            made(job, participant_task(loaded, name, job), result)
    for job in cohort_jobs(loaded):
        made(job, cohort_job_task(loaded, {}, job.rule), RESULTS / job.result)
    table = RESULTS / "tables/participants.csv"
    table.parent.mkdir()
    table.write_text("participant_id\n" + "".join(f"{name}\n" for name in NAMES))
    monkeypatch.chdir(tmp_path.parent)
    return tmp_path


def state(study, capsys):
    assert main(["status", str(study), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_is_as_the_study_says_is_not_stale(study, capsys):
    found = state(study, capsys)
    assert found["done"] == list(NAMES)
    assert (found["stale"], found["unknown"], found["cohort_stale"]) == ([], [], [])
    assert found["cohort_left"] == []


def test_a_file_that_changed_makes_its_participant_and_the_cohort_stale(study, capsys):
    (study / "P2/endplate_markups").write_text("other marks")
    found = state(study, capsys)
    assert (found["done"], found["stale"]) == (["P1", "T"], ["P2"])
    assert "build the report" in found["cohort_stale"]
    assert found["cohort_done"] == []
    main(["status", str(study)])
    printed = capsys.readouterr().out.splitlines()
    assert "  2 finished" in printed
    assert "  1 out of date, which the next run makes again: P2" in printed
    assert printed[-1] == f"To continue: bonecohort run {study}"


def test_a_setting_of_the_cohort_makes_nobodys_own_results_stale(study, capsys):
    with (study / "config/config.yaml").open("a") as config:
        config.write("hounsfield: {low_hu_threshold: 105}\n")
    found = state(study, capsys)
    assert (found["done"], found["stale"]) == (list(NAMES), [])
    assert found["cohort_done"] == ["list the records"]
    assert found["cohort_stale"][0] == "assemble the cohort's tables"


def test_a_reading_that_changed_makes_the_cohort_stale(study, capsys):
    (study / "hu.csv").write_text("participant_id,level,plane,hu\nT,L3,upper,90\n")
    assert "assemble the cohort's tables" in state(study, capsys)["cohort_stale"]


def test_a_result_that_somebody_edited_is_stale(study, capsys):
    (study / "results/participants/P1/hounsfield/L3.json").write_text(RECORD + " ")
    assert state(study, capsys)["stale"] == ["P1"]


def test_a_new_participant_is_left_and_no_other_is_stale(study, capsys):
    for table, row in (("participants", "NEW\t50"), ("series", "NEW\tct\tP1/ct")):
        with (study / f"config/{table}.tsv").open("a") as file:
            file.write(f"{row}\n")
    found = state(study, capsys)
    assert (found["left"], found["stale"], found["done"]) == (["NEW"], [], list(NAMES))
    assert "assemble the cohort's tables" in found["cohort_stale"]


def test_results_without_a_word_on_what_they_were_made_from_are_reported(study, capsys):
    (study / "results/logs/P1/made.jsonl").unlink()
    found = state(study, capsys)
    assert (found["unknown"], found["stale"]) == (["P1"], [])
    main(["status", str(study)])
    assert "Nothing says what the results of P1 were made from" in capsys.readouterr().out


def test_while_a_run_is_at_work_nothing_is_stale(study, capsys):
    (study / "P2/ct").write_text("another scan")
    command = [sys.executable, "-c", HOLD]
    with subprocess.Popen(
        command, cwd=study, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "taken\n"
        found = state(study, capsys)
        other.kill()
    assert (found["stale"], found["done"]) == ([], list(NAMES))
    assert found["run"].startswith("A run is at work (begun ")
    found = state(study, capsys)
    assert found["stale"] == ["P2"]
    assert "was cut off" in found["run"]


def test_what_was_seen_before_in_one_process_is_looked_at_anew(study):
    assert stale_results(load_study(study), study).participants == []
    (study / "P1/ct").write_text("another scan")
    assert stale_results(load_study(study), study).participants == ["P1"]
    (study / "P1/ct").write_text("ct")
    assert stale_results(load_study(study), study).participants == []
