"""The oldest and the newest Snakemake that are allowed: a plan, a run, a plan, a rerun."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from bonecohort.demo.study import write_demo_study
from tests.envs.environments import locked_versions

from .conftest import CONFIG, REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
ALLOWED = next(one for one in PROJECT["dependencies"] if re.match(r"snakemake\W", one))
OLDEST = re.search(r">=([\d.]+)", ALLOWED)[1]
NO_NETWORK = ("error sending request", "Network connectivity is disabled", "dns error")
NOTHING = "Nothing to do: every result is up to date.\n"
INSIDE = "results/participants/P001/hounsfield/L3.json"


def test_the_snakefile_names_the_oldest_version():
    assert f'min_version("{OLDEST}")' in (REPOSITORY / "workflow/Snakefile").read_text()


def uv(*arguments: str | Path) -> None:
    """Run uv outside of this project, whose constraints pin Snakemake."""
    done = subprocess.run(["uv", *arguments], capture_output=True, text=True, check=False)
    if done.returncode and any(words in done.stderr for words in NO_NETWORK):
        pytest.skip(f"no package index: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=[f"snakemake=={OLDEST}", ALLOWED], ids=["oldest", "newest"])
def python(request, tmp_path) -> Path:
    """Return the Python of an environment with what the library needs, and that Snakemake."""
    if not shutil.which("uv"):
        pytest.skip("uv makes the environment")
    locked = locked_versions()
    names = [re.match(r"[\w-]+", one)[0] for one in PROJECT["dependencies"] if one != ALLOWED]
    place = tmp_path / "environment"
    uv("venv", "--quiet", "--no-config", "--python", "3.11", place)
    uv("pip", "install", "--quiet", "--no-config", "--python", place / "bin/python",
       *(f"{name}=={locked[name]}" for name in names), request.param)  # fmt: skip
    return place / "bin/python"


@pytest.mark.long
def test_plan_run_and_rerun(python, tmp_path):
    study = tmp_path / "study"
    write_demo_study(study, participants=2, seed=7)
    config = study / "config/config.yaml"
    config.write_text(CONFIG)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "workflow")}

    def bonecohort(*arguments: str) -> str:
        command = [python, "-m", "bonecohort", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path,
                              env=environment)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def plan() -> str:
        return bonecohort("plan", str(study)).partition("The next run")[2]

    def run() -> str:
        return bonecohort("run", str(study), "--cores", "2")

    new = plan()
    assert "new: nothing of them is done yet" in new
    jobs = int(re.match(r" does (\d+) jobs", new)[1])
    told = run()
    # The target is a job, and the plan counts no crop, which passes.
    assert re.search(r"bonecohort: 100%: (\d+) of \1 jobs", told)
    assert "Finished jobid" not in told
    assert jobs > 20
    assert NOTHING in bonecohort("plan", str(study))

    config.write_text(CONFIG + "hounsfield: {low_hu_threshold: 105}\n")
    assert "setting hounsfield.low_hu_threshold: 110.0 → 105.0" in plan()
    (study / INSIDE).write_text("{}")
    assert "was cut off here, or a result is missing or not as it was written" in plan()
    told = run()
    assert f"{INSIDE} is not as it was written and is made again" in told
    assert (study / INSIDE).read_text() != "{}"
    assert NOTHING in bonecohort("plan", str(study))
