"""What the files beside the code promise: pinned environments, documented settings, versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import bonecohort
from bonecohort.cli import JOBS
from bonecohort.study.fingerprints import third_party_imports
from bonecohort.study.settings_guide import settings_guide

REPOSITORY = Path(__file__).resolve().parents[1]
ENVIRONMENTS = sorted((REPOSITORY / "envs").glob("*.yaml"))
PYPI_NAMES = {"python-isal": "isal", "matplotlib-base": "matplotlib"}
"""Packages that conda-forge calls by another name than PyPI."""
NOT_IN_THE_LOCK = {"python", "pip", "nnunetv2", "torch", "totalsegmentator"}
"""Python itself, and the segmentation program, which runs in an environment of its own."""


@pytest.fixture(scope="module")
def locked() -> dict[str, str]:
    lock = tomllib.loads((REPOSITORY / "uv.lock").read_text())
    return {package["name"]: package["version"] for package in lock["package"]}


def pins(environment: Path) -> dict[str, str]:
    found = {}
    for entry in yaml.safe_load(environment.read_text())["dependencies"]:
        for pin in entry["pip"] if isinstance(entry, dict) else [entry]:
            name, _, version = re.sub("=+", "=", pin).partition("=")
            found[name] = version
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_conda_environments_pin_what_the_lock_holds(environment, locked):
    for name, version in pins(environment).items():
        if name not in NOT_IN_THE_LOCK:
            assert version == locked[PYPI_NAMES.get(name, name)], f"{environment.name}: {name}"


def test_every_rule_names_an_environment_that_exists():
    rules = [path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk")]
    named = {name for text in rules for name in re.findall(r"envs/([\w-]+\.yaml)", text)}
    assert named == {path.name for path in ENVIRONMENTS}
    for text in rules:
        assert text.count("    conda:\n") == text.count("    shell:\n")


def test_the_guide_to_the_settings_is_that_of_the_code():
    guide = (REPOSITORY / "docs/configuration.md").read_text()
    assert guide == settings_guide(), "run: uv run bonecohort settings > docs/configuration.md"


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    assert bonecohort.__version__ == project["version"] == citation["version"]
    assert f"## {bonecohort.__version__}" in changelog


def test_continuous_integration_runs_the_readmes_test_command():
    assert "make test" in (REPOSITORY / "README.md").read_text()
    assert (REPOSITORY / ".ci/run").read_text().rstrip().endswith("make test")


IMPORT_NAMES = {
    "PIL": "pillow",
    "docx": "python-docx",
    "gdcm": "python-gdcm",
    "isal": "python-isal",
    "matplotlib": "matplotlib-base",
    "yaml": "pyyaml",
}
"""Packages that are imported by another name than conda-forge's."""


def environment_of_job() -> dict[str, str]:
    """Return the environment of every job, as the rules name them."""
    text = "".join(path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk"))
    found = {}
    for rule in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
        job = re.search(r"bonecohort-job (\w+)", rule)
        environment = re.search(r"envs/([\w-]+\.yaml)", rule)
        assert job is not None
        assert environment is not None, f"rule {rule.split(':')[0]} has no environment"
        found[job[1]] = environment[1]
    return found


@pytest.mark.parametrize(("job", "environment"), environment_of_job().items())
def test_a_jobs_environment_holds_all_that_its_code_imports(job, environment):
    imported = {
        IMPORT_NAMES.get(name, name) for name in third_party_imports(f"bonecohort.jobs.{job}")
    }
    assert imported - {"snakemake"} <= set(pins(REPOSITORY / "envs" / environment))


def test_every_job_of_the_command_line_has_a_rule():
    assert set(environment_of_job()) == set(JOBS)
