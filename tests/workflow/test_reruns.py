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

from .conftest import AGGREGATES, CONFIG, LEVELS, OF_RECORDS, copy_checkout, run_of, run_workflow

if TYPE_CHECKING:
    from pathlib import Path

HU = {"measure_hounsfield": len(LEVELS), "show_hounsfield": 1}
CROP = {"crop_vertebrae": 1}
READING = {"measure_endplates": len(LEVELS)}
ENDPLATES = READING | {"show_endplates": 1}
CONVERT = {"convert_series": 1}
NOTHING: dict[str, int] = {}


def twice(jobs: dict[str, int]) -> dict[str, int]:
    return {rule: 2 * count for rule, count in jobs.items()}


def ct_slices(study: Path, name: str = "P001") -> list[Path]:
    return sorted((study / f"demo/{name}/ct").iterdir())


def one_dicom_file_replaced(study: Path) -> None:
    """Replace a slice by a copy with one pixel changed, under its old size and time."""
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


def one_row_edited(study: Path) -> None:
    """Edit several values of one participant, and leave a spare column to the table."""
    lines = participant_table(study).read_text().splitlines()
    cells = dict(zip(lines[0].split("\t"), lines[1].split("\t"), strict=True))
    cells |= {"height_cm": "171", "hypertension": "no", "vas_0_10": "7"}
    lines[1] = "\t".join(cells.values())
    participant_table(study).write_text("\n".join(lines) + "\n")


def a_row_of_series_points_elsewhere(study: Path) -> None:
    """Name another file of marks for one participant: those of the other one."""
    table = study / "config/series.tsv"
    text = table.read_text()
    marks = "P001\tendplate_markups\tdemo/P00{}/endplates.mrk.json"
    assert marks.format(1) in text
    table.write_text(text.replace(marks.format(1), marks.format(2)))


def a_participant_excluded(study: Path) -> None:
    text = participant_table(study).read_text()
    assert "P002\tyes\t\t" in text
    participant_table(study).write_text(text.replace("P002\tyes\t\t", "P002\tno\tsurgery\t"))


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


def a_vertebra_excluded(study: Path) -> None:
    (study / "config/exclusions.tsv").write_text(
        "participant_id\tsite\ttechnique\treason\nP001\tL3\t\tcompression fracture\n"
    )


def two_scans_swapped(study: Path) -> None:
    """Give each of two participants the other's T2: same files, another owner."""
    first, second = study / "demo/P001/t2", study / "demo/P002/t2"
    first.rename(study / "demo/between")
    second.rename(first)
    (study / "demo/between").rename(second)


ONE_HU = CROP | HU | OF_RECORDS
CHANGES = [
    (one_dicom_file_replaced, CONVERT | ONE_HU),
    (one_annotation_edited, ENDPLATES | OF_RECORDS),
]
MORE_CHANGES = [
    (a_vertebra_excluded, AGGREGATES),
    (two_values_swapped, AGGREGATES),
    (files_copied_without_times, NOTHING),
    (one_slice_added, CONVERT | ONE_HU),
    (one_label_map_corrected, ONE_HU),
    (a_covariate_edited, AGGREGATES),
    (one_row_edited, AGGREGATES),
    (a_row_of_series_points_elsewhere, ENDPLATES | OF_RECORDS),
    (two_scans_swapped, twice(CONVERT | ENDPLATES) | OF_RECORDS),
    (a_participant_excluded, OF_RECORDS),
    (a_setting("hounsfield: {sd_flag_hu: 55}\n"), twice(CROP | HU) | OF_RECORDS),
    (a_setting("hounsfield: {osteoporosis_threshold: 120}\n"), AGGREGATES),
    (a_setting("endplates: {unlisted_level: not_read}\n"), twice(READING) | OF_RECORDS),
    (a_setting("statistics: {t_test: welch}\n"), AGGREGATES),
    (an_unrelated_file_touched, NOTHING),
    (a_participant_left_out, OF_RECORDS),
    (a_participant_added, twice(CONVERT) | CROP | HU | ENDPLATES | OF_RECORDS),
]


PLANNED = {
    one_dicom_file_replaced: ["P001: CT: the files changed"],
    one_annotation_edited: ["P001: endplate marks: the files changed"],
    two_values_swapped: ["The cohort: config/participants.tsv changed"],
    a_vertebra_excluded: ["The cohort: config/exclusions.tsv is new\n"],
    one_slice_added: ["P001: CT: the files changed"],
    one_label_map_corrected: ["P001: vertebra label map: the files changed"],
    one_row_edited: ["The cohort: config/participants.tsv changed"],
    a_row_of_series_points_elsewhere: [
        "P001: endplate marks: series.tsv names another path\n",
        "The cohort: config/series.tsv changed",
    ],
    two_scans_swapped: [
        "2 participants (P001, P002): T2-weighted MR: the files changed",
    ],
    a_participant_excluded: ["The cohort: config/participants.tsv changed"],
    a_participant_added: ["P003: new: nothing of them is done yet"],
}
"""Of some changes, the paragraphs of the plan that must name them."""


def plan_of(study: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bonecohort", "plan", str(study)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


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
    if change in PLANNED:
        plan = plan_of(study)
        assert plan.startswith(f"The next run does {sum(jobs.values())} jobs.")
        for paragraph in PLANNED[change]:
            assert f"\n\n{paragraph}" in plan
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert run.jobs == jobs
    again = run_workflow(study, "--dry-run")
    assert again.jobs == NOTHING


@pytest.mark.slow
def test_jobs_of_who_is_done_are_looked_at_only_when_they_are_asked_for(study):
    def looked_at(*options):
        run = run_workflow(study, "--dry-run", "--debug-dag", *options)
        return {rule for rule in (*OF_RECORDS, *HU) if f"candidate job {rule}\n" in run.output}

    assert looked_at() == set(OF_RECORDS)
    one_annotation_edited(study)
    assert looked_at() == set(OF_RECORDS) | set(HU)
    of_one = run_workflow(study, "--dry-run", "--debug-dag").output
    of_all = run_workflow(study, "--dry-run", "--debug-dag", "--forcerun", "draw_figures").output
    assert 2 * of_one.count("candidate job measure") == of_all.count("candidate job measure")


@pytest.mark.long
def test_a_study_that_is_moved_runs_nothing_again(study):
    moved = study.with_name("elsewhere")
    study.rename(moved)
    assert run_workflow(moved).jobs == NOTHING


@pytest.mark.slow
def test_a_fresh_clone_runs_nothing_and_changed_code_its_own_stage(study, tmp_path):
    checkout = copy_checkout(tmp_path / "clone")
    assert run_of(checkout, study).jobs == NOTHING
    module = checkout / "workflow/bonecohort/techniques/endplates/defects.py"
    module.write_text(module.read_text() + "\n# another word\n")
    run = run_of(checkout, study)
    assert run.code == 0, run.output
    assert run.jobs == twice(READING) | OF_RECORDS


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "jobs"),
    [
        ("images/pixels.py", twice({"convert_series": 2} | CROP | HU | ENDPLATES) | OF_RECORDS),
        ("techniques/hounsfield/ellipse.py", twice(CROP | HU) | OF_RECORDS),
        ("statistics/planning/power.py", {"analyse_cohort": 1, "draw_figures": 1,
                                          "draw_model_figures": 1, "build_report": 1}),
        ("report/figures/roc.py", {"draw_model_figures": 1, "build_report": 1}),
        ("papers/hao2025/report/text/strobe_answers.py", {"build_report": 1}),
        ("cli/guides.py", NOTHING),
    ],
)  # fmt: skip
def test_changed_code_runs_the_stages_that_use_it(study, tmp_path, module, jobs):
    checkout = copy_checkout(tmp_path / "clone")
    path = checkout / "workflow/bonecohort" / module
    path.write_text(path.read_text() + "\n# another word\n")
    run = run_of(checkout, study)
    assert run.code == 0, run.output
    assert run.jobs == jobs


@pytest.mark.long
def test_an_edited_reading_of_a_table_runs_the_cohorts_jobs_alone(table_study):
    assert run_workflow(table_study).code == 0
    readings = table_study / "hu.csv"
    readings.write_text(readings.read_text().replace("T01,L3,upper,152", "T01,L3,upper,153"))
    assert "The cohort: the tables of readings changed" in plan_of(table_study)
    run = run_workflow(table_study)
    assert run.code == 0, run.output
    assert run.jobs == AGGREGATES
    assert run_workflow(table_study, "--dry-run").jobs == NOTHING
