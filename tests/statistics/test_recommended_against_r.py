"""Every number of the recommended analysis against R, on both cohorts.

``fixtures/recommended.R`` made the references and names the versions.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pandas as pd

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TOOLS_AGREE = 1e-6
ROUNDING = 1e-12
INTERPOLATED_AGREES = 2e-3
"""R's confint() of a glm interpolates between points of the profile; ours are its roots."""
KEYS = {
    "clustered": ["question", "outcome", "term", "method"],
    "clustered_prevalence": ["variable", "group", "method"],
    "effects": ["table", "variable", "grouping", "category", "measure"],
    "multiplicity": ["table", "variable", "grouping"],
    "recommended_models": ["model", "term", "method"],
}
COHORTS = pytest.mark.parametrize("cohort", ["synthetic", "table_study"])


def reference(cohort: str) -> dict[str, float]:
    return json.loads((FIXTURES / f"{cohort}_recommended.json").read_text())["values"]


def flattened(analysis: dict[str, pd.DataFrame]) -> dict[str, float]:
    found = {}
    for name, keys in KEYS.items():
        for row in analysis[name].to_dict("records"):
            at = "/".join([name, *(str(row[key]) for key in keys)])
            numbers = {key: value for key, value in row.items() if isinstance(value, int | float)}
            found |= {f"{at}/{key}": float(value) for key, value in numbers.items()}
    return found


def disagreements(ours: dict[str, float], theirs: dict[str, float], rel: float) -> list[tuple]:
    return [
        (key, ours.get(key), value)
        for key, value in theirs.items()
        if key not in ours or not math.isclose(ours[key], value, rel_tol=rel, abs_tol=ROUNDING)
    ]


@COHORTS
def test_every_number_agrees_with_r(cohort: str, request: pytest.FixtureRequest):
    ours = flattened(request.getfixturevalue(f"{cohort}_analysis"))
    theirs = {
        key: value
        for key, value in reference(cohort).items()
        if not key.startswith("interpolated/")
    }
    assert len(theirs) > 1200
    assert disagreements(ours, theirs, TOOLS_AGREE) == []


@COHORTS
def test_profile_limits_are_near_those_r_interpolates(cohort: str, request: pytest.FixtureRequest):
    ours = flattened(request.getfixturevalue(f"{cohort}_analysis"))
    theirs = {
        f"recommended_models/{model}/{term}/maximum_likelihood/{limit}": value
        for key, value in reference(cohort).items()
        if key.startswith("interpolated/")
        for _, model, term, limit in [key.split("/")]
    }
    assert len(theirs) == 26
    assert disagreements(ours, theirs, INTERPOLATED_AGREES) == []


def test_no_interval_or_p_is_left_without_a_reference(synthetic_analysis):
    theirs = reference("synthetic")
    derived = ("figure4", "p_adjusted", "odds_ratio")
    unchecked = [
        key
        for key, value in flattened(synthetic_analysis).items()
        if key.rsplit("/", 1)[1] in ("estimate", "ci_low", "ci_high", "p_value")
        and math.isfinite(value)
        and key not in theirs
        and not key.startswith("multiplicity/")
        and not any(name in key for name in derived)
    ]
    assert unchecked == []
