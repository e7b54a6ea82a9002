"""What others look for beside the code: catalogue, small test study, issue templates, citation."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
import yaml

from bonecohort.cli import main
from tests.workflow.conftest import run_workflow

REPOSITORY = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((REPOSITORY / ".github/ISSUE_TEMPLATE").glob("*_*.yml"))


def test_the_catalogue_finds_what_it_looks_for():
    """Standardized usage: the Snakefile's place, a page on the configuration, this file."""
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage == {"software-stack-deployment": {"conda": True}, "report": True}
    assert (REPOSITORY / "workflow/Snakefile").is_file()
    assert "config.yaml" in (REPOSITORY / "config/README.md").read_text()


def test_links_of_the_configuration_page_lead_somewhere():
    text = (REPOSITORY / "config/README.md").read_text()
    links = [part.partition(")")[0].partition("#")[0] for part in text.split("](")[1:]]
    assert links
    assert all((REPOSITORY / "config" / link).exists() for link in links)


def test_the_small_test_study_is_sound(capsys):
    assert main(["check", str(REPOSITORY / ".test")]) == 0
    printed = capsys.readouterr().out
    assert "12 participants listed (12 included), 24 series rows; no problem found." in printed


@pytest.mark.long
def test_the_small_test_study_reaches_its_report(tmp_path):
    study = shutil.copytree(REPOSITORY / ".test", tmp_path / "study")
    run = run_workflow(study)
    assert run.code == 0, run.output
    assert "A small test study" in (study / "results/report.html").read_text()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_issue_templates_ask_for_no_patient_data(path):
    template = yaml.safe_load(path.read_text())
    assert {"name", "description", "body"} <= set(template)
    kinds = {"markdown", "input", "textarea"}
    assert all(part["type"] in kinds and part["attributes"] for part in template["body"])
    fields = [part for part in template["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in fields}) == len(fields)
    assert "no patient data" in path.read_text()


def test_addresses_are_of_what_exists():
    """No public repository is named before there is one."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    doi = citation["references"][0]["doi"]
    assert project["urls"] == {"Analysis reproduced": f"https://doi.org/{doi}"}
    assert {"cff-version", "title", "authors", "license", "version"} <= set(citation)
