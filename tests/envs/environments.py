"""The conda environments in envs/ as pip requirements: their pins under the names of PyPI."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted((REPOSITORY / "envs").glob("*.yaml"))
PYPI_NAMES = {"python-isal": "isal", "matplotlib-base": "matplotlib"}
"""Packages that conda-forge calls by another name than PyPI."""
NOT_IN_THE_LOCK = {"python", "pip", "nnunetv2", "torch", "totalsegmentator"}
"""Python itself, and the segmentation program, which runs in an environment of its own."""


def entries(environment: Path) -> tuple[list[str], list[str]]:
    """Return what conda installs, and what pip installs after it."""
    conda, pip = [], []
    for entry in yaml.safe_load(environment.read_text())["dependencies"]:
        if isinstance(entry, dict):
            pip += entry["pip"]
        else:
            conda.append(entry)
    return conda, pip


def pins(environment: Path) -> dict[str, str]:
    """Return the version of each package, by the name that the environment calls it."""
    conda, pip = entries(environment)
    split = [re.fullmatch(r"([\w.-]+)(?:==?([\w.]+))?", entry) for entry in conda + pip]
    return {found[1]: found[2] or "" for found in split if found}


def locked_versions() -> dict[str, str]:
    """Return the version of each package in the lock."""
    lock = tomllib.loads((REPOSITORY / "uv.lock").read_text())
    return {package["name"]: package["version"] for package in lock["package"]}


def create(environment: Path, prefix: Path) -> None:
    """Make a virtual environment of an environment's pins and what these need, nothing else.

    What only those need is taken from the lock.
    """
    found = pins(environment)
    python = found.pop("python")
    found.pop("pip", None)
    required = [f"{PYPI_NAMES.get(name, name)}=={version}" for name, version in found.items()]
    lock = prefix.with_suffix(".lock.txt")
    export = ["uv", "export", "--quiet", "--frozen", "--all-extras", "--all-groups", "--no-hashes",
              "--no-emit-project", "--project", REPOSITORY, "--output-file", lock]  # fmt: skip
    for command in (
        export,
        ["uv", "venv", "--quiet", "--python", python, prefix],
        ["uv", "pip", "install", "--quiet", "--python", prefix / "bin/python",
         "--constraints", lock, *required],
    ):  # fmt: skip
        subprocess.run(command, check=True)
