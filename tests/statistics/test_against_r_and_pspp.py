"""Every number of the analysis against R and PSPP, on both cohorts.

``fixtures/make_fixtures.py`` made the references and names the versions.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from scipy import stats

if TYPE_CHECKING:
    import pandas as pd

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TOOLS_AGREE = 1e-6
# nortest and this project use other approximations above the range of Dallal and Wilkinson.
LILLIEFORS_TABLE_P = 0.1
LILLIEFORS_TABLE_AGREES = 0.012
PRINTED_DIGITS = 1e-12


def reference(name: str) -> dict[str, float]:
    return json.loads((FIXTURES / f"{name}.json").read_text())["values"]


def flattened(analysis: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Return every number of an analysis by table/variable/grouping/test/quantity."""
    found: dict[str, float] = {}
    for frame, keys, prefix in (
        (analysis["comparisons"], ["table", "variable", "grouping", "test"], []),
        (analysis["normality"], ["variable", "group", "test"], ["normality"]),
        (analysis["models"], ["model", "term"], ["models"]),
        (analysis["correlations"], ["y"], ["correlations"]),
        (analysis["prevalence"], ["level", "defect_type"], ["prevalence"]),
    ):
        for row in frame.to_dict("records"):
            at = "/".join(prefix + [row[key] for key in keys])
            numbers = {key: value for key, value in row.items() if isinstance(value, int | float)}
            found |= {f"{at}/{key}": float(value) for key, value in numbers.items()}
    return found


def agrees(key: str, ours: float, theirs: float) -> bool:
    if "/lilliefors/p_value" in key and max(ours, theirs) >= LILLIEFORS_TABLE_P:
        return abs(ours - theirs) < LILLIEFORS_TABLE_AGREES
    return math.isclose(ours, theirs, rel_tol=TOOLS_AGREE, abs_tol=PRINTED_DIGITS)


def disagreements(ours: dict[str, float], theirs: dict[str, float]) -> list[tuple]:
    return [
        (key, ours.get(key), value)
        for key, value in theirs.items()
        if key not in ours or not agrees(key, ours[key], value)
    ]


@pytest.mark.parametrize("cohort", ["synthetic", "table_study"])
def test_every_number_agrees_with_r(cohort: str, request: pytest.FixtureRequest):
    theirs = reference(f"{cohort}_r")
    ours = flattened(request.getfixturevalue(f"{cohort}_analysis"))
    assert len(theirs) > 900
    assert disagreements(ours, theirs) == []


@pytest.mark.parametrize("cohort", ["synthetic", "table_study"])
def test_every_number_agrees_with_pspp(cohort: str, request: pytest.FixtureRequest):
    theirs = reference(f"{cohort}_pspp")
    ours = flattened(request.getfixturevalue(f"{cohort}_analysis"))
    z_values = {key: theirs.pop(key) for key in list(theirs) if key.endswith("/z")}
    assert len(theirs) > 300
    assert disagreements(ours, theirs) == []
    p_values = {
        key.replace("/z", "/p_value"): 2 * stats.norm.sf(abs(z)) for key, z in z_values.items()
    }
    assert disagreements(ours, p_values) == []


def test_every_number_of_the_analysis_that_could_be_checked_was(synthetic_analysis):
    """No p-value is left without a reference, apart from the variables R was not asked for."""
    theirs = reference("synthetic_r")
    unchecked = [
        key
        for key, value in flattened(synthetic_analysis).items()
        if key.endswith("p_value") and math.isfinite(value) and key not in theirs
    ]
    assert [key for key in unchecked if "levene" not in key and "vas_0_10" not in key] == []
