"""The checks that keep the code one piece: style, types, imports, workflow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.executable).parent

CHECKS = {
    "ruff": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
    "snakefmt": ["snakefmt", "--check", "Snakefile", "workflow"],
    "workflow": ["snakemake", "--lint"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_the_code_passes(check):
    tool, *arguments = CHECKS[check]
    result = subprocess.run(
        [TOOLS / tool, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
