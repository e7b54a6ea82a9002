"""A technique that the house has never seen, laid beside the others: its folder, one line, no more.

``stiffness`` measures specimens, whose sites the rows of series.tsv name, from curves that are no
images. It is laid into a copy of the workflow; the tests run that copy.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import REPOSITORY, copy_checkout, results_of, run_of, workflow_command

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "stranger"
OWN_FILES = {
    "workflow/bonecohort/techniques/stiffness",
    "workflow/rules/stiffness.smk",
}
REGISTRY = "workflow/bonecohort/techniques/registry.py"
STIFFNESS = {"radius": 250.0, "tibia": 1200.0}
OWN_JOBS = {"measure_stiffness": 3, "show_stiffness": 2}
FOLLOWING = {"list_records": 1, "assemble_cohort": 1, "analyse_cohort": 1, "draw_figures": 1,
             "draw_model_figures": 1, "build_review": 1, "build_report": 1}  # fmt: skip


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the workflow with the technique in it."""
    folder = copy_checkout(tmp_path_factory.mktemp("checkout") / "copy")
    techniques = folder / "workflow/bonecohort/techniques"
    shutil.copytree(HERE / "stiffness", techniques / "stiffness")
    shutil.copy(HERE / "stiffness.smk", folder / "workflow/rules/stiffness.smk")
    registry = folder / REGISTRY
    last = '    "fat_fraction",\n'
    text = registry.read_text()
    assert last in text
    registry.write_text(text.replace(last, f'{last}    "stiffness",\n'))
    return folder


def write_curve(path, slope):
    lines = [f"{mm:.2f},{slope * mm:.3f}" for mm in (0.0, 0.1, 0.2, 0.3, 0.4)]
    path.write_text("\n".join(["mm,N", *lines]) + "\n")


def list_curves(study):
    """Give the participants load curves: one of two sites, the other of one."""
    table = study / "config/series.tsv"
    header, *rows = table.read_text().splitlines()
    lines = [f"{header}\tsite", *(f"{row}\t" for row in rows)]
    blank = "\t" * (header.count("\t") - 2)
    for name, sites in (("P001", ("radius", "tibia")), ("P002", ("radius",))):
        for site in sites:
            write_curve(study / f"{name}_{site}.csv", STIFFNESS[site])
            lines.append(f"{name}\tload_curve\t{name}_{site}.csv{blank}\t{site}")
    table.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def measured(checkout, two_levels_study, tmp_path_factory):
    """A finished study of other techniques, whose next run has the curves; and that run."""
    study = shutil.copytree(
        two_levels_study, tmp_path_factory.mktemp("study") / "study", symlinks=True
    )
    list_curves(study)
    before = results_of(study)
    return study, before, run_of(checkout, study)


def command(checkout, *arguments):
    """Run a command of the copy; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "workflow")}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "bonecohort", *map(str, arguments)], capture_output=True,
        text=True, check=False, cwd=checkout, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def different(left, right, ignored=("__pycache__",)):
    """Return the paths that differ between two folders, or are in one of them alone."""
    compared = filecmp.dircmp(left, right, ignore=list(ignored))
    found = {*compared.left_only, *compared.right_only, *compared.diff_files}
    for name, below in compared.subdirs.items():
        found |= {f"{name}/{one}" for one in different(below.left, below.right)}
    return found


def test_no_file_of_the_library_differs_but_the_line_that_names_it(checkout):
    found = {
        f"{part}/{one}"
        for part in ("workflow", "profiles", "envs")
        for one in different(REPOSITORY / part, checkout / part)
    }
    assert found == {*OWN_FILES, REGISTRY}
    lines = [(folder / REGISTRY).read_text().splitlines() for folder in (REPOSITORY, checkout)]
    assert set(lines[1]) - set(lines[0]) == {'    "stiffness",'}


def test_a_technique_that_nobody_uses_has_nothing_measured_again(checkout, study):
    before = results_of(study)
    assert "Nothing to do" in command(checkout, "plan", study)
    run = run_of(checkout, study)
    assert (run.code, run.jobs) == (0, {})
    assert results_of(study) == before


def test_its_jobs_run_and_no_other_techniques(measured):
    study, before, run = measured
    assert run.code == 0, run.output
    assert run.jobs == OWN_JOBS | FOLLOWING
    after = results_of(study)
    same = [name for name in before if name.startswith("participants/")]
    assert [name for name in same if after[name] != before[name]] == []


def test_its_values_are_rows_columns_and_variables(measured):
    tables = measured[0] / "results/tables"
    rows = pd.read_csv(tables / "measurements.csv").query("modality == 'lab'")
    found = {(row.participant_id, row.site): row.value for row in rows.itertuples()}
    assert found["P001", "radius"] == pytest.approx(250)
    assert found["P001", "tibia"] == pytest.approx(1200)
    assert found["P001", "radius-tibia"] == pytest.approx(725)
    people = pd.read_csv(tables / "participants.csv").set_index("participant_id")
    assert people.lab_stiffness["P001"] == pytest.approx(725)
    assert people.lab_stiffness_radius["P002"] == pytest.approx(250)
    sites = pd.read_csv(tables / "sites.csv").set_index(["participant_id", "site"])
    assert sites.lab_stiffness["P001", "tibia"] == pytest.approx(1200)
    assert sites.ct_hu["P001", "L3"] > 0
    told = json.loads((tables / "participants.json").read_text())
    assert told["lab_stiffness_tibia"] == {"description": "Stiffness of tibia", "unit": "N/mm"}


def test_a_second_run_has_nothing_to_do_and_status_says_so(checkout, measured):
    study = measured[0]
    assert "Nothing to do" in command(checkout, "plan", study)
    status = command(checkout, "status", study)
    assert "  2 finished\n" in status


def test_a_changed_curve_is_measured_again_alone(checkout, measured, tmp_path):
    study = shutil.copytree(measured[0], tmp_path / "study", symlinks=True)
    write_curve(study / "P001_tibia.csv", 600.0)
    told = command(checkout, "plan", study)
    assert "P001: load curve: the files changed" in told
    assert "measure the stiffness of tibia, draw the load curves" in told
    run = run_of(checkout, study)
    assert run.jobs == {"measure_stiffness": 1, "show_stiffness": 1} | FOLLOWING


def test_a_site_of_it_is_left_out_by_the_table_of_exclusions(checkout, measured, tmp_path):
    study = shutil.copytree(measured[0], tmp_path / "study", symlinks=True)
    (study / "config/exclusions.csv").write_text(
        "participant_id,site,technique,reason\nP001,tibia,stiffness,cracked\n"
    )
    run = run_of(checkout, study, "results/tables/exclusions.csv")
    assert run.jobs == {"assemble_cohort": 1}, run.output
    people = pd.read_csv(study / "results/tables/participants.csv").set_index("participant_id")
    assert people.lab_stiffness["P001"] == pytest.approx(250)
    exclusions = pd.read_csv(study / "results/tables/exclusions.csv")
    assert exclusions.query("stage == 'stiffness'").to_dict("records") == [
        {"participant_id": "P001", "level": "tibia", "stage": "stiffness", "reason": "cracked"}
    ]
    assert "Left out by the table of exclusions:\n  P001, stiffness of tibia: cracked" in command(
        checkout, "status", study
    )


@pytest.mark.long
def test_a_setting_of_its_own_has_its_jobs_run_again_and_is_named(checkout, measured, tmp_path):
    study = shutil.copytree(measured[0], tmp_path / "study", symlinks=True)
    with (study / "config/config.yaml").open("a") as config:
        config.write("stiffness: {from_mm: 0.35}\n")
    assert "setting stiffness.from_mm: 0.1 → 0.35" in command(checkout, "plan", study)
    run = run_of(checkout, study)
    assert run.code == 0, run.output
    assert run.jobs["measure_stiffness"] == 3
    assert "measure_hounsfield" not in run.jobs
    exclusions = pd.read_csv(study / "results/tables/exclusions.csv")
    own = exclusions[exclusions.stage == "stiffness"]
    assert set(own.participant_id) == {"P001", "P002"}
    assert "1 points of the slope" in own.reason.iloc[0]


@pytest.mark.long
def test_a_participant_who_is_excluded_leaves_its_tables(checkout, measured, tmp_path):
    study = shutil.copytree(measured[0], tmp_path / "study", symlinks=True)
    table = study / "config/participants.tsv"
    people = pd.read_csv(table, sep="\t", dtype=str, keep_default_na=False)
    people.loc[people.participant_id == "P002", ["include", "exclusion_reason"]] = "no", "withdrew"
    people.to_csv(table, sep="\t", index=False)
    run = run_of(checkout, study)
    assert run.code == 0, run.output
    assert "measure_stiffness" not in run.jobs
    sites = pd.read_csv(study / "results/tables/sites.csv")
    assert set(sites.participant_id) == {"P001"}


@pytest.mark.long
def test_a_run_that_is_killed_goes_on_to_the_same_results(checkout, measured, tmp_path, held):
    study = shutil.copytree(measured[0], tmp_path / "study", symlinks=True)
    write_curve(study / "P002_radius.csv", 300.0)
    hold, go_on = held
    begun = hold("P002/stiffness_radius.log")
    environment = {**os.environ, "PYTHONPATH": str(checkout / "workflow")}
    run = subprocess.Popen(
        workflow_command(study, checkout=checkout), cwd=checkout, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not begun.exists():
        assert run.poll() is None
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    go_on()
    unlocked = run_of(checkout, study, "--unlock")
    assert unlocked.code == 0, unlocked.output
    again = run_of(checkout, study)
    assert again.code == 0, again.output
    rows = pd.read_csv(study / "results/tables/sites.csv").set_index(["participant_id", "site"])
    assert rows.lab_stiffness["P002", "radius"] == pytest.approx(300)
    assert "Nothing to do" in command(checkout, "plan", study)
