"""The environments, the lock, the rules and the code agree."""

from __future__ import annotations

import re

import pytest
import yaml
from rattler import MatchSpec

from bonecohort.cli import jobs
from bonecohort.study.fingerprints import third_party_imports
from bonecohort.techniques.job_modules import module_of
from bonecohort.techniques.registry import techniques

from .environments import (
    ENVIRONMENTS,
    NOT_IN_THE_LOCK,
    PYPI_NAMES,
    REPOSITORY,
    entries,
    locked_versions,
    pins,
)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_conda_environments_pin_what_the_lock_holds(environment):
    locked = locked_versions()
    for name, version in pins(environment).items():
        if name not in NOT_IN_THE_LOCK:
            assert version == locked[PYPI_NAMES.get(name, name)], f"{environment.name}: {name}"


def test_every_rule_names_an_environment_that_exists():
    rules = [path.read_text() for path in (REPOSITORY / "workflow/rules").glob("*.smk")]
    named = {name for text in rules for name in re.findall(r"envs/([\w-]+\.yaml)", text)}
    assert named == {path.name for path in ENVIRONMENTS}
    for text in rules:
        assert text.count("    conda:\n") == text.count("    shell:\n")


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_conda_reads_each_entry_as_one_full_version_of_one_package(environment):
    """By conda's own grammar. Of Python the patch release is left open, and pip's version."""
    conda, _ = entries(environment)
    read = {spec.name.normalized: str(spec.version) for spec in map(strict_spec, conda)}
    assert read.pop("python") == "3.11.*"
    assert read.pop("pip", "None") == "None"
    assert read == {
        name: f"{version}.*" for name, version in pins(environment).items() if name in read
    }
    assert all(version.count(".") == 3 for version in read.values())


def strict_spec(entry: str) -> MatchSpec:
    return MatchSpec(entry, strict=True)


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_packages_come_from_conda_forge_alone(environment):
    channels = yaml.safe_load(environment.read_text())["channels"]
    assert channels == ["conda-forge", "nodefaults"]


IMPORT_NAMES = {
    "PIL": "pillow",
    "SimpleITK": "simpleitk",
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
        job = re.search(r"bonecohort-job ([\w.]+)", rule)
        environment = re.search(r"envs/([\w-]+\.yaml)", rule)
        assert job is not None
        assert environment is not None, f"rule {rule.split(':')[0]} has no environment"
        found[job[1]] = environment[1]
    return found


@pytest.mark.parametrize(("job", "environment"), environment_of_job().items())
def test_a_jobs_environment_holds_all_that_its_code_imports(job, environment):
    modules = [module_of(job)]
    for technique in techniques():
        called = {
            "cohort": (technique.readings, technique.pooling, technique.tables),
            "report": (technique.report,),
        }.get(job, ())
        modules += [f"bonecohort.techniques.{technique.name}.{one}" for one in called if one]
    imported = {
        IMPORT_NAMES.get(name, name) for module in modules for name in third_party_imports(module)
    }
    assert imported - {"snakemake"} <= set(pins(REPOSITORY / "envs" / environment))


def test_every_job_of_the_command_line_has_a_rule():
    assert set(environment_of_job()) == set(jobs())
