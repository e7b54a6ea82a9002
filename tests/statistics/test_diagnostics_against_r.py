"""Every number of the diagnostics against R, on both cohorts.

``fixtures/make_fixtures.py`` made the references and names the versions.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bonecohort.papers.hao2025.statistics.diagnostics import diagnose
from bonecohort.statistics.missing.pooling import pool
from bonecohort.statistics.planning import power
from bonecohort.statistics.prediction.optimism import optimism_of_counts
from bonecohort.statistics.regression.model_diagnostics import fit_model
from bonecohort.statistics.regression.variance_inflation import variance_inflation
from bonecohort.statistics.variables import known_variables
from bonecohort.study.settings import AnalysisSettings, Settings, Variable

if TYPE_CHECKING:
    import pandas as pd

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TOOLS_AGREE = 1e-6
# A difference of two log likelihoods near 100, each known to 1e-14 relative, and the calibration
# intercept, which is 0, have no more digits than this.
SMALLEST_DIGIT = 1e-11
COHORTS = pytest.mark.parametrize("cohort", ["synthetic", "table_study"])


def reference(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def flattened(tables: dict[str, pd.DataFrame]) -> dict[str, float]:
    """Return every number by the names R was given: table/what names the row/quantity."""
    tables = dict(tables)
    for name, keys in (
        ("roc_curves", ["predictor"]),
        ("spline_curves", ["model", "variables", "term"]),
    ):
        place = tables[name].groupby(keys).cumcount() + 1
        tables[name] = tables[name].assign(place=place)
    keys = {
        "model_performance": ["model", "variables"],
        "calibration": ["model", "variables", "curve", "point"],
        "linearity": ["model", "variables", "term", "test"],
        "spline_curves": ["model", "variables", "term", "place"],
        "variance_inflation": ["model", "variables", "variable"],
        "roc": ["predictor"],
        "roc_curves": ["predictor", "place"],
        "thresholds": ["threshold", "rule"],
    }
    found: dict[str, float] = {}
    for table, names in keys.items():
        for row in tables[table].to_dict("records"):
            at = "/".join([table, *(f"{row[name]:g}" if isinstance(row[name], float) else
                                    str(row[name]) for name in names)])  # fmt: skip
            numbers = {key: value for key, value in row.items() if isinstance(value, int | float)}
            found |= {f"{at}/{key}": float(value) for key, value in numbers.items()}
    for row in tables["missing"].to_dict("records"):
        model = [row["model"]] if row["scope"] == "model" else []
        at = "/".join(["missing", row["scope"], *model, row["variables"]])
        found |= {f"{at}/n_missing": row["n_missing"], f"{at}/n_complete": row["n_complete"]}
    return found


def agrees(ours: float, theirs: float) -> bool:
    return math.isclose(ours, theirs, rel_tol=TOOLS_AGREE, abs_tol=SMALLEST_DIGIT)


@COHORTS
def test_every_number_agrees_with_r(cohort: str, request: pytest.FixtureRequest):
    theirs = reference(f"{cohort}_diagnostics_r")["values"]
    participants = request.getfixturevalue(cohort)[0]
    ours = flattened(diagnose(participants, Settings()))
    del theirs["gvif_of_three_levels"]
    assert len(theirs) > 1500
    wrong = [
        (key, ours.get(key), value)
        for key, value in theirs.items()
        if key not in ours or not agrees(ours[key], value)
    ]
    assert wrong == []


@COHORTS
def test_generalized_variance_inflation_of_a_term_of_three_levels_agrees_with_r(
    cohort: str, request: pytest.FixtureRequest
):
    participants = request.getfixturevalue(cohort)[0]
    names = ("third", "age_years", "total_spine_hu")
    rows = participants.dropna(subset=["age_years", "total_spine_hu", "endplate_defect"])
    rows = rows.assign(third=[str((place + 1) % 3) for place in range(len(rows))])
    variables = known_variables(Settings()) | {
        "third": Variable(type="categorical", levels=("0", "1", "2"))
    }
    model = fit_model("multivariable", rows, "endplate_defect", names, variables)
    found = variance_inflation([model]).set_index("variable")
    theirs = reference(f"{cohort}_diagnostics_r")["values"]["gvif_of_three_levels"]
    assert found.loc["third", "gvif"] == pytest.approx(theirs, rel=TOOLS_AGREE)
    assert found.loc["third", "df"] == 2
    assert found.loc["third", "gvif_per_df"] == pytest.approx(theirs**0.25, rel=TOOLS_AGREE)


@COHORTS
def test_optimism_over_given_resamples_agrees_with_r(cohort: str, request: pytest.FixtureRequest):
    theirs = reference(f"{cohort}_diagnostics_r")["optimism"]
    participants = request.getfixturevalue(cohort)[0]
    terms = AnalysisSettings().multivariable_terms
    model = fit_model(
        "multivariable", participants, "endplate_defect", terms, known_variables(Settings())
    )
    n = model.data.events.size
    counts = np.array([np.bincount(drawn, minlength=n) for drawn in theirs["drawn"]], dtype=float)
    ours = optimism_of_counts(model.columns, model.data.events, counts)
    assert ours.resamples == len(counts)
    assert ours.auc == pytest.approx(theirs["auc"], rel=TOOLS_AGREE)
    assert ours.slope == pytest.approx(theirs["slope"], rel=TOOLS_AGREE)


@COHORTS
def test_pooling_agrees_with_mice(cohort: str):
    cases = reference(f"{cohort}_diagnostics_r")["pooling"]
    assert len(cases) == 6
    for case in cases:
        ours = asdict(
            pool(
                np.array(case["estimates"]),
                np.array(case["standard_errors"]),
                case["complete_df"],
            )
        )
        assert ours == pytest.approx({key: case[key] for key in ours}, rel=TOOLS_AGREE)


def test_sample_sizes_agree_with_r():
    theirs = reference("power_r")
    for case in theirs["two_sample_t_size"]:
        ours = power.two_sample_t_size(case["difference_sd"], case["alpha"], case["power"])
        assert ours == pytest.approx(case["n"], rel=TOOLS_AGREE)
    for case in theirs["two_sample_t_power"]:
        ours = power.two_sample_t_power(
            case["difference_sd"], case["n_1"], case["n_2"], case["alpha"]
        )
        assert ours == pytest.approx(case["power"], rel=TOOLS_AGREE)
    for case in theirs["smallest_difference_sd"]:
        ours = power.smallest_difference_sd(case["n_1"], case["n_2"], case["alpha"], case["power"])
        assert ours == pytest.approx(case["difference_sd"], rel=TOOLS_AGREE)
    for case in theirs["prevalence_size"]:
        ours = power.prevalence_size(case["share"], case["half_width"])
        assert ours == pytest.approx(case["n"], rel=TOOLS_AGREE)
