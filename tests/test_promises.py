"""What the files beside the code promise: documented settings, versions, the test command."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import bonecohort
from bonecohort.study.settings_guide import settings_guide

REPOSITORY = Path(__file__).resolve().parents[1]


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
