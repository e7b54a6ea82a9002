"""A study done in parts: the same plan and the same results as at once."""

from __future__ import annotations

import shutil
import signal

import pytest

from bonecohort.monitoring import run_command
from bonecohort.monitoring.plan import INPUTS
from bonecohort.study.study import load_study

from .conftest import OF_RECORDS, assert_same_results, run_workflow
from .test_reruns import a_participant_added, one_annotation_edited

pytestmark = pytest.mark.slow


def plan_of(study):
    """Return the planned jobs; that the cohort is made of others is not known part by part."""
    jobs = run_command.plan(load_study(study), study, [])
    return sorted(
        (job.rule, job.participant_id, job.site, [one for one in job.causes if one != INPUTS])
        for job in jobs
    )


def hu_picture_removed(study):
    (study / "results/participants/P002/qc/hounsfield.png").unlink()


def nothing_changed(_study):
    pass


def report_removed(study):
    (study / "results/report.docx").unlink()


def results_removed(study):
    shutil.rmtree(study / "results")
    shutil.rmtree(study / ".snakemake")


@pytest.mark.parametrize(
    "change",
    [
        one_annotation_edited,
        *(
            pytest.param(change, marks=pytest.mark.long)
            for change in (
                nothing_changed,
                hu_picture_removed,
                report_removed,
                a_participant_added,
                results_removed,
            )
        ),
    ],
)
def test_the_plan_in_parts_is_the_plan(study, change, monkeypatch):
    change(study)
    at_once = plan_of(study)
    monkeypatch.setattr(run_command, "AT_ONCE", 1)
    assert plan_of(study) == at_once


def test_a_run_in_parts_has_the_results_of_one_at_once(study, two_levels_study, monkeypatch):
    results_removed(study)
    monkeypatch.setattr(run_command, "AT_ONCE", 1)
    parts = run_command.part_options(load_study(study), [])
    assert [part[-1] for part in parts] == ["part=1/2", "part=2/2"]
    assert run_command.run_parts(study, parts, ["--cores", "2"]) == 0
    assert not (study / "results/tables").exists()
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert run.jobs == OF_RECORDS
    assert_same_results(study, two_levels_study)


@pytest.mark.parametrize(
    ("codes", "interrupted", "ended"),
    [([0, 1, 0], False, 0), ([0, -9], False, -9), ([1], True, 1), ([0], True, 1)],
)
def test_a_failed_job_stops_no_further_part_and_its_user_does(
    monkeypatch, tmp_path, codes, interrupted, ended
):
    waiting = list(codes)

    def play_snakemake(_):
        if interrupted:
            signal.raise_signal(signal.SIGINT)
        return waiting.pop(0)

    monkeypatch.setattr(run_command.subprocess, "call", play_snakemake)
    parts = [["participants", "--config", f"part={at}/3"] for at in (1, 2, 3)]
    assert run_command.run_parts(tmp_path, parts, []) == ended
    assert waiting == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["participants", "--config", "part=3/2"], "part=3/2: write the second of five parts"),
        (["participants", "--config", "part=half"], "part=half: write the second of five parts"),
        (["--config", "part=1/2"], "part=1/2 goes with the target participants alone"),
    ],
)
def test_a_part_that_is_none_is_refused(study, options, told):
    run = run_workflow(study, *options)
    assert run.code != 0
    assert told in run.output
