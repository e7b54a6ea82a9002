"""Jobs that fail: told loudly, felt by nobody else, and tried again by the next run."""

from __future__ import annotations

import shutil

import pytest

from .conftest import (
    OF_RECORDS,
    REPOSITORY,
    assert_same_results,
    copy_checkout,
    run_of,
    run_workflow,
)
from .test_faults import GOOD, table
from .test_reruns import plan_of


@pytest.mark.slow
def test_a_bug_fails_its_own_jobs_loudly_and_the_others_are_done(study, two_levels_study, tmp_path):
    """An error raised on purpose where the endplates of one vertebra are measured."""
    checkout = copy_checkout(tmp_path / "clone")
    module = checkout / "workflow/bonecohort/measures/endplates.py"
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


@pytest.mark.slow
def test_after_a_run_that_failed_only_who_is_left_is_looked_at(study, tmp_path):
    checkout = copy_checkout(tmp_path / "clone")
    job = checkout / "workflow/bonecohort/jobs/endplates.py"
    job.write_text(
        job.read_text()
        + "\n\ndef run(task, results, sound=run):\n"
        + "    assert task['participant_id'] != 'P001', 'on purpose'\n    sound(task, results)\n"
    )
    assert run_of(checkout, study).code == 1
    looked_at = run_of(checkout, study, "--dry-run", "--debug-dag").output
    assert "participant=P001" in looked_at
    assert "participant=P002" not in looked_at


@pytest.mark.slow
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
