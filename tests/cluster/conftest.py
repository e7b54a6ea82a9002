"""A SLURM of two nodes, and a small study run beside it without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from bonecohort.demo.study import write_demo_study
from tests.workflow.conftest import REPOSITORY, Run, held, run_workflow

from .slurm import Slurm, absent, start_slurm

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["held"]
TABLES = "results/tables/vertebrae.csv"
CONFIG = "levels: [L3]\nvertebrae: {label_scheme: totalsegmentator_v2}\n"
PARTICIPANTS = 2
NODES = 2


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """Start a SLURM in a folder of its own: munge's user may not enter pytest's."""
    if reason := absent():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="bonecohort-slurm-"))
    folder.chmod(0o755)
    running = Slurm(folder)
    try:
        start_slurm(running, NODES)
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def local_study(tmp_path_factory) -> Path:
    """Two participants and one level, measured on this machine without a cluster."""
    folder = tmp_path_factory.mktemp("local") / "study"
    write_demo_study(folder, participants=PARTICIPANTS, seed=7)
    (folder / "config/config.yaml").write_text(CONFIG)
    run = run_workflow(folder, TABLES)
    assert run.code == 0, run.output
    assert pd.read_csv(folder / TABLES).hu.notna().sum() == PARTICIPANTS
    return folder


@pytest.fixture(scope="session")
def plugin_python(slurm) -> str:
    """Return a Python with the lock's SLURM plugin, in an environment of its own.

    Where the plugin is installed every start of Snakemake takes 1.7 s more: the other tests do
    without.
    """
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which installs the SLURM plugin, is not found")
    environment = slurm.folder / "venv"
    subprocess.run(
        [uv, "sync", "--frozen", "--quiet", "--no-dev", "--extra", "slurm",
         "--python", sys.executable],
        env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(environment)}, cwd=REPOSITORY, check=True,
    )  # fmt: skip
    return str(environment / "bin/python")


@pytest.fixture
def study(local_study, tmp_path) -> Path:
    """Return the same study, not yet measured."""
    leave = shutil.ignore_patterns("results", ".snakemake")
    return shutil.copytree(local_study, tmp_path / "study", ignore=leave)


def command_over_slurm(python: str, study: Path, *options: str) -> list[str]:
    """Return the command line of docs/cluster.md for a site without accounting."""
    return [
        python, "-m", "snakemake", "--workflow-profile", str(REPOSITORY / "profiles/slurm"),
        "--directory", str(study), "--slurm-no-account", "--slurm-status-command", "squeue",
        "--slurm-init-seconds-before-status-checks", "2", *options,
    ]  # fmt: skip


def run_over_slurm(slurm: Slurm, python: str, study: Path, *options: str) -> Run:
    done = subprocess.run(
        command_over_slurm(python, study, *options),
        env=slurm.environment, cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Run(done.returncode, done.stdout + done.stderr)


def tables_of(study: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (study / "results/tables").iterdir()}
