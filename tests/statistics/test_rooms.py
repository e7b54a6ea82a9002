"""The estimators know columns, labels and variables, and no technique by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import bonecohort.statistics

ROOM = Path(bonecohort.statistics.__file__).parent
ROOMS = ("tests", "effects", "regression", "prediction", "agreement", "missing", "planning")
OF_A_TECHNIQUE = re.compile(
    r"hounsfield|\bhu\b|hu_|_hu\b|endplate|defect|vertebra|total_spine", re.IGNORECASE
)


@pytest.mark.parametrize("room", ROOMS)
def test_an_estimator_names_no_technique(room):
    modules = sorted((ROOM / room).glob("*.py"))
    assert len(modules) > 2
    named = {
        f"{path.name}: {line.strip()}"
        for path in modules
        for line in path.read_text(encoding="utf-8").splitlines()
        if OF_A_TECHNIQUE.search(line)
    }
    assert not named
