"""The JSON schema of config.yaml: in step with the settings, and of one mind with the check."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from bonecohort.study.config import _UniqueKeyLoader, check_settings
from bonecohort.study.settings import Settings, default_sections
from bonecohort.study.settings_schema import schema_text, settings_schema

REPOSITORY = Path(__file__).resolve().parents[2]
VALIDATOR = Draft202012Validator(settings_schema())
GOOD = [
    "",
    "levels: [L1, L2]",
    "report:",
    "variables: {grade: {type: categorical, levels: [0, 1, 2]}, age_years:}",
    "analyses: [{preset: hao2025}, {prevalence: {of: [sex]}}]",
    "analyses: [{table1: {by: sex, rows: [age_years]}}]",
    "hounsfield: {planes: [0.2, 0.5, 0.8]}\nvertebrae: {label_scheme: {L1: 31}}",
    "images: {monoenergetic_kev: [65, 75]}",
    "truth: demo/truth.csv",
]
BAD = [
    "hounsfeld: {}",
    "levels: [L9]",
    "levels: L1",
    "sections: []",
    "report: {decimal_mark: ';'}",
    "report: {show_p: perhaps}",
    "hounsfield: {planes: [0.2, 0.5]}",
    "hounsfield: {margin_mm: thick}",
    "variables: {grade: {typ: categorical}}",
    "analyses: [{table1: {by: sex}, roc: {of: sex}}]",
    "analyses: [{preset: hao2024}]",
    "images: {monoenergetic_kev: [65]}",
]


def content_of(text: str):
    return yaml.load(text, _UniqueKeyLoader) or {}


def refuses(text: str) -> tuple[bool, bool]:
    """Return whether the schema refuses a config, and whether the check does."""
    content = content_of(text)
    return not VALIDATOR.is_valid(content), bool(check_settings(content, Path("config.yaml"))[1])


def test_the_schema_beside_the_workflow_is_that_of_the_code():
    kept = (REPOSITORY / "workflow/schemas/config.schema.json").read_text()
    command = "uv run bonecohort settings --schema > workflow/schemas/config.schema.json"
    assert kept == schema_text(), f"run: {command}"
    Draft202012Validator.check_schema(json.loads(kept))


@pytest.mark.parametrize("text", GOOD)
def test_what_the_check_allows_the_schema_allows(text):
    assert refuses(text) == (False, False)


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_check_refuses(text):
    assert refuses(text) == (True, True)


def test_every_setting_is_there_with_its_documentation():
    schema = settings_schema()
    common = {field.name for field in dataclasses.fields(Settings)} - {"sections"}
    assert set(schema["properties"]) == common | set(default_sections())
    for name, section in schema["$defs"].items():
        assert all(key.get("description") for key in section["properties"].values()), name


@pytest.mark.parametrize(
    "example",
    [
        *re.findall(
            r"(?ms)^```yaml\n(.*?)^```", (REPOSITORY / "docs/your-own-study.md").read_text()
        ),
        (REPOSITORY / "config/config.yaml").read_text(),
        (REPOSITORY / ".test/config/config.yaml").read_text(),
    ],
)
def test_examples_are_allowed(example):
    assert list(VALIDATOR.iter_errors(content_of(example))) == []
