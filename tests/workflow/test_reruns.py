"""What runs again after each kind of change: exactly that, by content, on real runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import nibabel
import numpy as np
import pytest

from bonecohort.demo.study import write_demo_study

from .conftest import REPOSITORY, Run, run_workflow

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = ("L3", "L4")
AGGREGATES = {"assemble_cohort": 1, "analyse_cohort": 1, "draw_figures": 1, "build_report": 1}
HU = {"measure_hounsfield": len(LEVELS), "show_hounsfield": 1}
CROP = {"crop_vertebrae": 1}
READING = {"measure_endplates": len(LEVELS)}
ENDPLATES = READING | {"show_endplates": 1}
CONVERT = {"convert_series": 1}
NOTHING: dict[str, int] = {}
CONFIG = f"levels: [{', '.join(LEVELS)}]\ntruth: demo/truth.csv\n"


def twice(jobs: dict[str, int]) -> dict[str, int]:
    return {rule: 2 * count for rule, count in jobs.items()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """Two participants, two levels each, run once."""
    folder = tmp_path_factory.mktemp("finished") / "study"
    write_demo_study(folder, participants=2, seed=7)
    (folder / "config/config.yaml").write_text(CONFIG)
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


@pytest.fixture
def study(finished, tmp_path) -> Path:
    """Return a copy of the finished study, times included, to change."""
    shutil.copytree(finished, tmp_path / "study", symlinks=True)
    return tmp_path / "study"


def ct_slices(study: Path, name: str = "P001") -> list[Path]:
    return sorted((study / f"demo/{name}/ct").iterdir())


def one_dicom_file_replaced(study: Path) -> None:
    """Replace a slice by itself with one pixel changed, under its old size and time."""
    path = ct_slices(study)[3]
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def one_slice_added(study: Path) -> None:
    shutil.copy(ct_slices(study)[0], study / "demo/P001/ct/again.dcm")


def one_annotation_edited(study: Path) -> None:
    path = study / "demo/P001/endplates.mrk.json"
    content = json.loads(path.read_text())
    content["note"] = "seen again"
    path.write_text(json.dumps(content))


def one_label_map_corrected(study: Path) -> None:
    path = study / "demo/P001/vertebrae.nii.gz"
    image = nibabel.load(path)
    labels = np.asanyarray(image.dataobj).copy()
    labels[tuple(np.argwhere(labels)[0])] = 0
    nibabel.save(nibabel.Nifti1Image(labels, image.affine, image.header), path)


def participant_table(study: Path) -> Path:
    return study / "config/participants.tsv"


def a_covariate_edited(study: Path) -> None:
    header, first, *rest = participant_table(study).read_text().splitlines()
    at = header.split("\t").index("age_years")
    cells = first.split("\t")
    cells[at] = str(int(cells[at]) + 1)
    participant_table(study).write_text("\n".join([header, "\t".join(cells), *rest]) + "\n")


def two_values_swapped(study: Path) -> None:
    header, first, second, *rest = participant_table(study).read_text().splitlines()
    at = header.split("\t").index("age_years")
    a, b = first.split("\t"), second.split("\t")
    a[at], b[at] = b[at], a[at]
    lines = [header, "\t".join(a), "\t".join(b), *rest]
    participant_table(study).write_text("\n".join(lines) + "\n")


def a_setting(text: str):
    def change(study: Path) -> None:
        (study / "config/config.yaml").write_text(CONFIG + text)

    change.__name__ = f"the_setting_{text.split(':')[1].strip(' {')}"
    return change


def an_unrelated_file_touched(study: Path) -> None:
    (study / "demo/notes.txt").write_text("unrelated")
    ct_slices(study)[0].touch()
    (study / "results/participants/P001/mine.txt").write_text("unrelated")


def files_copied_without_times(study: Path) -> None:
    moved = study.with_name("before")
    (study / "demo").rename(moved)
    shutil.copytree(moved, study / "demo", copy_function=shutil.copyfile)


def a_participant_left_out(study: Path) -> None:
    for table in ("participants", "series"):
        path = study / f"config/{table}.tsv"
        lines = [line for line in path.read_text().splitlines() if not line.startswith("P002")]
        path.write_text("\n".join(lines) + "\n")


def a_participant_added(study: Path) -> None:
    shutil.copytree(study / "demo/P002", study / "demo/P003")
    for table in ("participants", "series"):
        path = study / f"config/{table}.tsv"
        lines = path.read_text().splitlines()
        new = [line.replace("P002", "P003") for line in lines if line.startswith("P002")]
        path.write_text("\n".join([*lines, *new]) + "\n")


ONE_HU = CROP | HU | AGGREGATES
CHANGES = [
    (one_dicom_file_replaced, CONVERT | ONE_HU),
    (one_annotation_edited, ENDPLATES | AGGREGATES),
    (two_values_swapped, AGGREGATES),
    (files_copied_without_times, NOTHING),
]
MORE_CHANGES = [
    (one_slice_added, CONVERT | ONE_HU),
    (one_label_map_corrected, ONE_HU),
    (a_covariate_edited, AGGREGATES),
    (a_setting("hounsfield: {sd_flag_hu: 55}\n"), twice(CROP | HU) | AGGREGATES),
    (a_setting("hounsfield: {osteoporosis_threshold: 120}\n"), AGGREGATES),
    (a_setting("endplates: {unlisted_level: not_read}\n"), twice(READING) | AGGREGATES),
    (a_setting("statistics: {t_test: welch}\n"), AGGREGATES),
    (an_unrelated_file_touched, NOTHING),
    (a_participant_left_out, AGGREGATES),
    (a_participant_added, twice(CONVERT) | CROP | HU | ENDPLATES | AGGREGATES),
]


def named(changes):
    return pytest.mark.parametrize(
        ("change", "jobs"), changes, ids=[change.__name__ for change, _ in changes]
    )


@pytest.mark.slow
@named(CHANGES)
def test_exactly_what_depends_on_a_change_runs_again(study, change, jobs):
    assert_runs_again(study, change, jobs)


@pytest.mark.long
@named(MORE_CHANGES)
def test_exactly_what_depends_on_another_change_runs_again(study, change, jobs):
    assert_runs_again(study, change, jobs)


def assert_runs_again(study, change, jobs):
    change(study)
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert run.jobs == jobs
    again = run_workflow(study, "--dry-run")
    assert again.jobs == NOTHING


@pytest.mark.long
def test_a_study_that_is_moved_runs_nothing_again(study):
    moved = study.with_name("elsewhere")
    study.rename(moved)
    assert run_workflow(moved).jobs == NOTHING


def run_of(checkout: Path, study: Path, *options: str) -> Run:
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", checkout / "Snakefile",
        "--workflow-profile", checkout / "profiles/default", "--directory", study,
        "--cores", "2", *options,
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(checkout / "workflow")}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=checkout, env=environment
    )
    return Run(done.returncode, done.stdout + done.stderr)


@pytest.mark.slow
def test_a_fresh_clone_runs_nothing_and_changed_code_its_own_stage(study, tmp_path):
    checkout = tmp_path / "clone"
    for part in ("Snakefile", "workflow", "profiles", "envs"):
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, checkout / part, copy_function=shutil.copyfile)
        else:
            checkout.mkdir(exist_ok=True)
            shutil.copyfile(source, checkout / part)
    assert run_of(checkout, study).jobs == NOTHING
    module = checkout / "workflow/bonecohort/measures/endplates.py"
    module.write_text(module.read_text() + "\n# another word\n")
    run = run_of(checkout, study)
    assert run.code == 0, run.output
    assert run.jobs == twice(READING) | AGGREGATES
