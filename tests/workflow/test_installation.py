"""The built artefacts, installed outside of the checkout: every command, the workflow included."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.monitoring.up_to_date import rules_digest
from bonecohort.study.fingerprints import code_digest
from bonecohort.techniques.job_modules import module_of
from tests.cli.filling import fill_from

from .conftest import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

UV = os.environ.get("UV", "uv")
"""``uv run`` names itself in this variable."""
DIGESTS = (
    "from bonecohort.monitoring.up_to_date import rules_digest\n"
    "from bonecohort.study.fingerprints import code_digest\n"
    "from bonecohort.techniques.job_modules import module_of\n"
    "jobs = ('hounsfield.measure', 'report')\n"
    "print(rules_digest([]), *(code_digest(module_of(job)) for job in jobs))"
)

pytestmark = pytest.mark.slow


def uv(*arguments: str | Path, **variables: str) -> None:
    done = subprocess.run(
        [UV, *arguments, "--quiet"], cwd=REPOSITORY, env=os.environ | variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def programs(tmp_path_factory) -> Path:
    """Install the wheel that the source archive builds; return the folder of its programs.

    The packages it needs are those of the lock. The path has a space.
    """
    built = tmp_path_factory.mktemp("dist")
    uv("build", "--out-dir", built)  # the source archive, and the wheel from it
    (wheel,) = built.glob("*.whl")
    place = tmp_path_factory.mktemp("installed") / "a venv"
    uv("sync", "--frozen", "--no-dev", "--no-install-project", "--python", sys.executable,
       "--no-compile-bytecode", UV_PROJECT_ENVIRONMENT=str(place))  # fmt: skip
    uv("pip", "install", "--python", place, "--no-deps", wheel)
    uv("pip", "check", "--python", place)  # the wheel asks for nothing that is missing
    return place / "bin"


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Return the environment of somebody new: an empty home, and no activated environment."""
    home = tmp_path / "home"
    home.mkdir()
    return {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture
def folder(tmp_path) -> Path:
    empty = tmp_path / "my first study"
    empty.mkdir()
    return empty


@pytest.fixture
def bonecohort(programs, environment, folder):
    def call(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [programs / "bonecohort", *arguments], cwd=folder, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


def test_the_wheel_in_an_empty_folder_leads_to_a_report(bonecohort, folder):
    bonecohort("demo", "--participants", "1")
    assert "1 participants listed" in bonecohort("check")
    assert "P001: new: nothing of them is done yet" in bonecohort("plan")
    bonecohort("run", "--cores", "2")
    assert (folder / "results/report.html").is_file()
    assert json.loads(bonecohort("status", "--json"))["done"] == ["P001"]
    assert "Nothing to do" in bonecohort("plan")


@pytest.mark.long
def test_two_commands_lead_to_the_demos_report_and_two_more_to_that_of_tables(
    bonecohort, folder, shared_data
):
    bonecohort("demo")
    told = bonecohort("run")
    assert "23 of 23 participants analysed" in told
    assert (folder / "results/report.html").is_file()
    bonecohort("new", "my_study")
    study = folder / "my_study"
    fill_from(shared_data / "table_study", study)
    assert "no problem found" in bonecohort("check", "my_study")
    bonecohort("run", "my_study")
    assert (study / "results/report.html").is_file()
    given = folder / "given"
    shutil.copytree(
        shared_data / "table_study", given, ignore=shutil.ignore_patterns("participants.tsv")
    )
    for place in (given, given / "config"):
        place.chmod(0o755)
    people = pd.read_csv(shared_data / "table_study/config/participants.tsv", sep="\t", dtype=str)
    people = people.drop(columns="bmi_kg_m2")  # the new study has it computed, not rounded
    people.to_csv(given / "config/participants.tsv", sep="\t", index=False)
    bonecohort("run", "given")
    for path in (given / "results/statistics").glob("*.csv"):
        assert (study / "results/statistics" / path.name).read_text() == path.read_text()


def test_results_of_the_wheel_are_current_for_the_checkout(programs):
    """A study may go from one to the other: code and rules have the same digests."""
    done = subprocess.run(
        [programs / "python", "-P", "-c", DIGESTS], capture_output=True, text=True, check=True
    )
    jobs = ("hounsfield.measure", "report")
    assert done.stdout.split() == [rules_digest([]), *(code_digest(module_of(job)) for job in jobs)]


def test_a_profile_is_chosen_by_its_name(bonecohort, table_study):
    told = bonecohort("plan", str(table_study), "--workflow-profile", "slurm-node")
    assert "profiles/slurm-node for setting" in told
    assert "The next run does" in told


def test_what_is_not_installed_is_named(bonecohort, folder, table_study):
    (folder / "pacs.yaml").write_text("method: dicomweb\nurl: https://pacs.example/dicom-web\n")
    (folder / "wanted.csv").write_text("patient_id\n1\n")
    told = bonecohort("fetch", "pacs.yaml", "wanted.csv", "images", code=1)
    assert "pip install 'bonecohort[pacs]'" in told
    for options in (("--workflow-profile", "slurm"), ("--executor=slurm",), ("-e", "slurm")):
        assert "pip install 'bonecohort[slurm]'" in bonecohort(
            "run", str(table_study), *options, code=1
        )
