"""What run.json holds beside the tables."""

from __future__ import annotations

import shlex

import pytest
import yaml

from bonecohort.cohort.run_record import command


@pytest.mark.parametrize(
    "overrides",
    [{}, {"levels": ["L1", "L2"]}, {"hounsfield": {"margin_mm": 4.5}, "truth": "my truth's.csv"},
     {"report": {"title": "骨 study $HOME"}, "exclusions": None}],
)  # fmt: skip
def test_the_command_gives_the_settings_again_that_config_gave(overrides):
    program, what, *given = shlex.split(command(overrides))
    assert (program, what) == ("bonecohort", "run")
    assert given[:1] == (["--config"] if overrides else [])
    pairs = (entry.partition("=") for entry in given[1:])  # Snakemake reads each value as YAML
    assert {name: yaml.safe_load(value) for name, _, value in pairs} == overrides
