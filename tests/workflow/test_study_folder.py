"""A study folder holds data: nothing in it is executed, whatever it is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.service.test_server import COMMAND, environment, run_of_jobs, until

from .conftest import REPOSITORY, run_workflow, workflow_command
from .test_reruns import plan_of

MODULES = ("numexpr", "bottleneck", "random", "json", "re", "sitecustomize", "usercustomize",
           "bonecohort", "numpy", "snakemake", "pydicom", "nibabel", "tomllib")  # fmt: skip


@pytest.fixture
def trapped(table_study):
    """Return a study with modules that leave a mark when they are executed, and then fail."""
    for name in MODULES:
        mark = table_study / f"executed_{name}"
        trap = f"open({str(mark)!r}, 'w').close()\nraise SystemExit('{name} was executed')\n"
        (table_study / f"{name}.py").write_text(trap)
    pip = table_study / ".snakemake/pip-deployments"
    pip.mkdir(parents=True)
    (pip / "numexpr.py").write_text((table_study / "numexpr.py").read_text())
    return table_study


def executed(study) -> list[str]:
    return sorted(path.name for path in study.glob("executed_*"))


@pytest.mark.slow
def test_no_module_of_the_study_folder_is_executed_in_a_run(trapped):
    run = run_workflow(trapped)
    assert executed(trapped) == []
    assert run.code == 0, run.output
    assert (trapped / "results/report.html").is_file()


def called_within(study, *command):
    program, *words = command
    programs = os.path.dirname(sys.executable)  # noqa: PTH120
    done = subprocess.run(
        [f"{programs}/{program}", *words], cwd=study, capture_output=True, text=True, check=False
    )
    assert executed(study) == []
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_nor_where_it_is_started_in_the_study_folder(trapped):
    for command in ("plan", "run"):
        code, output = called_within(trapped, "bonecohort", command, ".")
        assert code == 1
        assert ".snakemake/pip-deployments holds files" in output
    shutil.rmtree(trapped / ".snakemake")
    for command in ("check", "plan", "status"):
        code, output = called_within(trapped, "bonecohort", command, ".")
        assert code == 0, output
    code, output = called_within(trapped, "snakemake", *workflow_command(trapped)[3:], "--dry-run")
    assert code == 0, output


@pytest.mark.parametrize("served", [False, True])
def test_nor_by_a_job_of_its_own(trapped, server, served):
    done = subprocess.run(
        [*COMMAND, "record_list", '{"overrides":{}}', "results"], cwd=trapped, text=True,
        env=environment(server if served else None), capture_output=True, check=False,
    )  # fmt: skip
    assert executed(trapped) == []
    assert done.returncode == 0, done.stderr
    assert (trapped / "results/records.tsv").is_file()


@pytest.fixture
def server():
    with run_of_jobs() as path:
        yield path


def test_nor_by_the_command_line_started_as_a_module(trapped):
    """The package itself is found first where Python looks for it first."""
    (trapped / "bonecohort.py").unlink()
    done = subprocess.run(
        [sys.executable, "-m", "bonecohort", "check", "."],
        cwd=trapped, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert executed(trapped) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "length", [150, *(pytest.param(other, marks=pytest.mark.long) for other in (80, 200))]
)
def test_a_run_with_a_long_folder_for_temporary_files(table_study, tmp_path, monkeypatch, length):
    """A socket's name may have about 100 bytes."""
    folder = tmp_path / "temporary"
    while len(str(folder)) < length:
        folder /= "x" * min(50, max(1, length - len(str(folder)) - 1))
    folder.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(folder))
    run = run_workflow(table_study)
    assert run.code == 0, run.output
    assert "loads the libraries separately" not in run.output
    assert plan_of(table_study).startswith("Nothing to do")
    until(lambda: not list(folder.iterdir()))
