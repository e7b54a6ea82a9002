"""Real runs of the workflow on small studies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bonecohort.demo.study import write_demo_study

REPOSITORY = Path(__file__).resolve().parents[2]
JOB_COUNT = re.compile(r"^(\w+)\s+(\d+)\s*$", re.MULTILINE)


@pytest.fixture
def held(tmp_path, monkeypatch):
    """Return a function that holds the job with a certain log, and one that releases it.

    So a test of a run at work, or of its end, is in no race with the run.
    """
    go_on, script = tmp_path / "go_on", tmp_path / "held.sh"

    def hold(log: str) -> Path:
        begun = tmp_path / "begun"
        script.write_text(
            f'case "$BASH_EXECUTION_STRING" in *results/logs/{log}*) '
            f"touch {begun}; while [ ! -e {go_on} ]; do sleep 0.1; done;; esac\n"
        )
        monkeypatch.setenv("BASH_ENV", str(script))  # bash reads it before the job's command
        return begun

    return hold, go_on.touch


@dataclass
class Run:
    """A finished run: its exit code, what it printed, and how many jobs of each rule it had."""

    code: int
    output: str

    @property
    def jobs(self) -> dict[str, int]:
        stats = self.output.partition("Job stats:")[2].partition("Select jobs")[0]
        counts = {name: int(count) for name, count in JOB_COUNT.findall(stats)}
        return {
            name: count
            for name, count in counts.items()
            if name not in ("total", "all", "everything")
        }


def workflow_command(study: Path, *options: str, checkout: Path = REPOSITORY) -> list[str]:
    return [
        sys.executable, "-m", "snakemake", "--snakefile", str(checkout / "Snakefile"),
        "--workflow-profile", str(checkout / "profiles/default"),
        "--directory", str(study), "--cores", "2", *options,
    ]  # fmt: skip


def run_workflow(study: Path, *options: str) -> Run:
    command = workflow_command(study, *options)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    return Run(done.returncode, done.stdout + done.stderr)


def copy_checkout(folder: Path) -> Path:
    """Copy what a run needs of this checkout, as a clone does: with new times."""
    folder.mkdir()
    for part in ("Snakefile", "workflow", "profiles", "envs"):
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, folder / part, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, folder / part)
    return folder


def run_of(checkout: Path, study: Path, *options: str) -> Run:
    """Run a study with the workflow and the library of another checkout."""
    environment = {**os.environ, "PYTHONPATH": str(checkout / "workflow")}
    done = subprocess.run(
        workflow_command(study, *options, checkout=checkout), capture_output=True, text=True,
        check=False, cwd=checkout, env=environment,
    )  # fmt: skip
    return Run(done.returncode, done.stdout + done.stderr)


def results_of(study: Path) -> dict[str, bytes]:
    """Return the bytes of every result; logs are none, nor is what was put aside."""
    results = study / "results"
    return {
        path.relative_to(results).as_posix(): path.read_bytes()
        for path in sorted(results.rglob("*"))
        if path.is_file()
        and "logs" not in path.parts
        and ".changed" not in path.name
        and path.name != ".snakemake_timestamp"
    }


def assert_same_results(study: Path, undisturbed: Path) -> None:
    found, expected = results_of(study), results_of(undisturbed)
    assert sorted(found) == sorted(expected)
    assert [name for name in found if found[name] != expected[name]] == []


AGGREGATES = {"assemble_cohort": 1, "analyse_cohort": 1, "draw_figures": 1,
              "draw_model_figures": 1, "build_review": 1, "build_report": 1}  # fmt: skip
OF_RECORDS = {"list_records": 1} | AGGREGATES
"""What follows from a changed record of an image or a vertebra."""
LEVELS = ("L3", "L4")
CONFIG = (
    f"levels: [{', '.join(LEVELS)}]\ntruth: demo/truth.csv\n"
    "vertebrae: {label_scheme: totalsegmentator_v2}\n"
)


@pytest.fixture(scope="session")
def two_levels_study(tmp_path_factory) -> Path:
    """Two participants, two levels each, run once; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("two_levels") / "study"
    write_demo_study(folder, participants=2, seed=7)
    (folder / "config/config.yaml").write_text(CONFIG)
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


@pytest.fixture
def study(two_levels_study, tmp_path) -> Path:
    """Return a copy of the finished study, times included, to change."""
    return shutil.copytree(two_levels_study, tmp_path / "study", symlinks=True)


@pytest.fixture(scope="session")
def imaging_study(tmp_path_factory) -> Path:
    """The demo study with three participants, run once from DICOM to the report."""
    folder = tmp_path_factory.mktemp("imaging")
    write_demo_study(folder, participants=3, seed=7)
    run = run_workflow(folder)
    assert run.code == 0, run.output
    return folder


@pytest.fixture
def table_study(tmp_path) -> Path:
    """Twelve participants with HU and endplate readings taken elsewhere."""
    people = ["participant_id\tage_years\tsex\thypertension"]
    series = ["participant_id\tkind\tpath"]
    hu = ["participant_id,level,plane,hu"]
    endplates = [
        (
            "participant_id,level,endplate,defect,width_mm,depth_mm,body_width_mm,body_height_1_mm,"
            "body_height_2_mm"
        )
    ]
    for number in range(12):
        name = f"T{number:02}"
        people.append(f"{name}\t{55 + 2 * number}\t{('male', 'female')[number % 2]}\t"
                      f"{('no', 'yes')[number % 3 == 0]}")  # fmt: skip
        series += [f"{name}\thu_table\thu.csv", f"{name}\tendplate_table\tendplates.csv"]
        hu += [
            f"{name},{level},{plane},{160 - 8 * number + step}"
            for level in ("L1", "L2", "L3", "L4", "L5")
            for step, plane in enumerate(("upper", "middle", "lower"))
        ]
        if number % 2:
            endplates.append(f"{name},L3,superior,1,{6 + number / 2},{2 + number / 5},34,27,26")
    texts = {
        "config/participants.tsv": people,
        "config/series.tsv": series,
        "hu.csv": hu,
        "endplates.csv": endplates,
    }
    for path, lines in texts.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("\n".join(lines) + "\n")
    return tmp_path
