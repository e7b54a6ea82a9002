"""Results that travel: a study copied or without its hidden folders is known to be current or not.

A copy as other programs make it (a memory stick, a zip, a clone) has other times and no hidden
folders. What stands with the results says what they were made from.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from .conftest import (
    AGGREGATES,
    CONFIG,
    OF_RECORDS,
    assert_same_results,
    results_of,
    run_workflow,
)
from .test_reruns import CROP, ENDPLATES, HU, one_annotation_edited, plan_of, twice

if TYPE_CHECKING:
    from pathlib import Path

NOTHING_TO_DO = "Nothing to do: every result is up to date.\n"
WELCH = "statistics: {t_test: welch}\n"
OTHER_FLAG = "hounsfield: {sd_flag_hu: 55}\n"


@pytest.fixture
def copied(two_levels_study, tmp_path) -> Path:
    """Return a copy of the finished study without hidden folders, its times all turned round."""
    study = tmp_path / "copied"
    hidden = shutil.ignore_patterns(".*")
    shutil.copytree(two_levels_study, study, ignore=hidden, copy_function=shutil.copyfile)
    now = time.time()
    ordered = sorted(two_levels_study.rglob("*"), key=lambda path: path.stat().st_mtime)
    for back, path in enumerate(path for path in ordered if path.is_file()):
        copy = study / path.relative_to(two_levels_study)
        if copy.is_file():
            os.utime(copy, (now - back, now - back))
    return study


@pytest.mark.slow
def test_a_copy_without_hidden_folders_is_known_to_be_current(copied, two_levels_study):
    assert plan_of(copied) == NOTHING_TO_DO
    run = run_workflow(copied)
    assert run.code == 0, run.output
    assert run.jobs == {}
    assert_same_results(copied, two_levels_study)


@pytest.mark.slow
def test_a_setting_changed_in_such_a_copy_makes_again_what_it_concerns(copied, study):
    for folder in (copied, study):
        (folder / "config/config.yaml").write_text(CONFIG + OTHER_FLAG)
    assert run_workflow(study).code == 0
    plan = plan_of(copied)
    expected = twice(CROP | HU) | OF_RECORDS
    assert plan.startswith(f"The next run does {sum(expected.values())} jobs.")
    assert "the results were made from other files, settings or code" in plan
    run = run_workflow(copied)
    assert run.code == 0, run.output
    assert run.jobs == expected
    assert (
        "P001: the results were made from other files, settings or code; 2 results are made again."
        in run.output
    )
    assert_same_results(copied, study)
    assert plan_of(copied) == NOTHING_TO_DO


@pytest.mark.slow
def test_a_plan_in_such_a_copy_binds_nobody(copied):
    """What would have been made again is not, once the setting is as it was."""
    (copied / "config/config.yaml").write_text(CONFIG + OTHER_FLAG)
    assert plan_of(copied) != NOTHING_TO_DO
    (copied / "config/config.yaml").write_text(CONFIG)
    assert plan_of(copied) == NOTHING_TO_DO


@pytest.mark.long
@pytest.mark.parametrize(
    ("change", "jobs"),
    [
        (lambda study: (study / "config/config.yaml").write_text(CONFIG + WELCH), AGGREGATES),
        (one_annotation_edited, ENDPLATES | OF_RECORDS),
    ],
)
def test_other_changes_in_such_a_copy_make_again_what_they_concern(copied, change, jobs):
    change(copied)
    run = run_workflow(copied)
    assert run.code == 0, run.output
    assert run.jobs == jobs


@pytest.mark.slow
def test_a_lost_record_of_snakemakes_hides_no_changed_setting(study):
    shutil.rmtree(study / ".snakemake/metadata")
    assert plan_of(study) == NOTHING_TO_DO
    (study / "config/config.yaml").write_text(CONFIG + OTHER_FLAG)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert run.jobs == twice(CROP | HU) | OF_RECORDS


@pytest.mark.long
def test_results_brought_in_from_a_run_with_other_settings_are_not_taken_for_current(
    study, two_levels_study
):
    """Here Snakemake's own record fits the settings, and the results do not."""
    other = study.with_name("other")
    shutil.copytree(study, other, symlinks=True)
    (other / "config/config.yaml").write_text(CONFIG + OTHER_FLAG)
    assert run_workflow(other).code == 0
    shutil.rmtree(study / "results")
    shutil.copytree(other / "results", study / "results")
    assert results_of(study) != results_of(two_levels_study)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert "the results were made from other files, settings or code" in run.output
    assert_same_results(study, two_levels_study)


@pytest.mark.slow
def test_a_result_of_which_nothing_says_what_it_was_made_from_is_made_again(
    study, two_levels_study
):
    (study / "results/logs/P001/made.jsonl").unlink()
    assert "P001: nothing says what the results were made from" in plan_of(study)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert run.jobs == {"convert_series": 2} | CROP | HU | ENDPLATES | OF_RECORDS
    assert "P001: nothing says what the results were made from" in run.output
    assert_same_results(study, two_levels_study)


@pytest.mark.slow
def test_a_study_whose_digests_an_earlier_version_kept_is_taken_over(study):
    former = study / ".snakemake/bonecohort/made"
    former.mkdir()
    for path in (study / "results").rglob("made.jsonl"):
        owner = "_cohort" if path.parent.name == "logs" else path.parent.name
        path.rename(former / f"{owner}.jsonl")
    assert plan_of(study) == NOTHING_TO_DO
    assert run_workflow(study).jobs == {}
    assert (study / "results/logs/P001/made.jsonl").is_file()
    assert (study / "results/logs/made.jsonl").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("known", [pytest.param(True, marks=pytest.mark.long), False])
def test_results_dated_in_the_future_are_no_obstacle(study, two_levels_study, known):
    """Known: by a touch. Not known: by a clock that was wrong when they were made."""
    ahead = time.time() + 400 * 86400
    for path in (study / "results/participants/P001").rglob("*.json"):
        os.utime(path, (ahead, ahead))
        if not known:
            date_in_memory(study, path, ahead)
    one_annotation_edited(study)
    run = run_workflow(study)
    assert run.code == 0, run.output
    again = {} if known else {"convert_series": 2} | CROP | HU
    assert run.jobs == again | ENDPLATES | OF_RECORDS
    assert ("dated in the future" in run.output) is not known
    assert plan_of(study) == NOTHING_TO_DO
    hounsfield = "participants/P001/hounsfield/L3.json"
    assert results_of(study)[hounsfield] == results_of(two_levels_study)[hounsfield]


def date_in_memory(study: Path, path: Path, when_s: float) -> None:
    """Have what is known of a file be that it was written at another time."""
    name = path.relative_to(study).as_posix()
    memory = study / "results/logs/P001/made.jsonl"
    lines = []
    for line in filter(None, memory.read_text().splitlines()):
        entry = json.loads(line)
        files = entry.get("files", entry.get("seen", {}))
        if name in files:
            status = path.stat()
            state = ("", status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            files[name][0] = repr(state)
        lines.append(json.dumps(entry))
    memory.write_text("\n".join(lines) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        b'{"settings": {"lev',
        *(pytest.param(torn, marks=pytest.mark.long) for torn in (b"", b"\0" * 500, b"5\n")),
    ],
)
def test_a_torn_run_json_is_made_again_and_no_traceback(study, two_levels_study, content):
    (study / "results/run.json").write_bytes(content)
    plan = plan_of(study)
    assert plan.startswith(f"The next run does {sum(AGGREGATES.values())} jobs.")
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert "Traceback" not in run.output
    assert_same_results(study, two_levels_study)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "results/logs/P002/made.jsonl",
        pytest.param("results/logs/made.jsonl", marks=pytest.mark.long),
    ],
)
def test_torn_digests_are_made_again_and_no_traceback(study, two_levels_study, name):
    path = study / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert run.jobs
    assert "nothing says what the results were made from" in run.output
    assert "Traceback" not in run.output
    assert_same_results(study, two_levels_study)
    assert plan_of(study) == NOTHING_TO_DO


@pytest.mark.long
def test_crops_that_were_kept_hide_no_changed_label_map(study):
    """They pass, so no digest of them stands with the results."""
    kept = run_workflow(study, "--notemp", "--forcerun", "crop_vertebrae")
    assert kept.code == 0, kept.output
    assert (study / "results/participants/P001/crops/L3.npz").is_file()
    shutil.rmtree(study / ".snakemake")
    labels = study / "demo/P001/vertebrae.nii.gz"
    image = nibabel.load(labels)
    moved = np.roll(np.asanyarray(image.dataobj), 2, axis=0)
    nibabel.save(nibabel.Nifti1Image(moved, image.affine, image.header), labels)
    fresh = study.with_name("fresh")
    shutil.copytree(study, fresh, ignore=shutil.ignore_patterns("results"))
    for folder in (study, fresh):
        run = run_workflow(folder)
        assert run.code == 0, run.output
    name = "participants/P001/hounsfield/L3.json"
    assert results_of(study)[name] == results_of(fresh)[name]
