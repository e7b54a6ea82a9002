from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bonecohort.statistics.missing.imputation import impute, match_predictive_means
from bonecohort.statistics.missing.pooling import pool
from bonecohort.statistics.regression.model_diagnostics import fit_model
from bonecohort.statistics.variables import known_variables
from bonecohort.study.settings import Settings, Variable
from tests.statistics.conftest import FIXTURES

VARIABLES = {
    "age_years": Variable("Age"),
    "hu": Variable("HU"),
    "grade": Variable("Grade", type="categorical", levels=("none", "mild", "severe")),
    "endplate_defect": Variable("Defect", type="categorical", levels=("no", "yes")),
}
TERMS = ("age_years", "hu", "grade")


def cohort(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.normal(65, 9, n)
    hu = 240 - 2 * age + rng.normal(0, 25, n)
    grade = np.digitize(rng.normal(hu, 30), [90, 120])
    odds = 0.03 * (age - 65) - 0.03 * (hu - 110) + 0.4 * (grade == 0)
    return pd.DataFrame(
        {
            "age_years": age,
            "hu": hu,
            "grade": np.array(["severe", "mild", "none"])[grade],
            "endplate_defect": np.where(rng.random(n) < 1 / (1 + np.exp(-odds)), "yes", "no"),
        }
    )


def with_holes(frame: pd.DataFrame) -> pd.DataFrame:
    """Lose HU more often in those with a defect who are old: at random, given what is known."""
    rng = np.random.default_rng(2)
    likely = (frame["endplate_defect"] == "yes") & (frame["age_years"] > 65)
    lost = rng.random(len(frame)) < np.where(likely, 0.7, 0.1)
    few = rng.random(len(frame)) < 0.1
    return frame.assign(hu=frame["hu"].mask(lost), grade=frame["grade"].mask(few))


def estimates(frame: pd.DataFrame, names: tuple[str, ...], variables) -> np.ndarray:
    model = fit_model("multivariable", frame, "endplate_defect", names, variables)
    assert model.reason == ""
    return np.array([[slope.estimate, slope.standard_error] for slope in model.fit.slopes])


def test_known_values_stay_and_imputed_ones_are_values_somebody_has():
    frame = with_holes(cohort(200))
    for completed in impute(frame, [*TERMS, "endplate_defect"], VARIABLES, 3, seed=1):
        assert completed.notna().all(axis=None)
        for name in ("hu", "grade"):
            known = frame[name].notna()
            assert (completed.loc[known, name] == frame.loc[known, name]).all()
            assert set(completed[name]) <= set(frame.loc[known, name])


def test_imputation_depends_on_the_seed_alone_and_its_data_sets_differ():
    frame = with_holes(cohort(100))
    names = [*TERMS, "endplate_defect"]
    first, second = (list(impute(frame, names, VARIABLES, 2, seed=5)) for _ in range(2))
    pd.testing.assert_frame_equal(first[0], second[0])
    pd.testing.assert_frame_equal(first[1], second[1])
    assert not first[0].equals(first[1])


def test_imputation_recovers_what_complete_cases_lose():
    """Values lost by outcome and age bias the complete cases' age effect; imputed data do not."""
    full = cohort(3000)
    holed = with_holes(full)
    truth = estimates(full, TERMS, VARIABLES)
    complete = estimates(holed, TERMS, VARIABLES)
    found = np.array(
        [
            estimates(completed, TERMS, VARIABLES)
            for completed in impute(holed, [*TERMS, "endplate_defect"], VARIABLES, 10, seed=3)
        ]
    )
    pooled = [pool(found[:, place, 0], found[:, place, 1], 2990) for place in range(4)]
    error = np.array([one.estimate for one in pooled]) - truth[:, 0]
    spread = np.array([one.standard_error for one in pooled])
    assert (np.abs(error) < 2 * spread).all()
    assert abs(error[0]) < 0.25 * abs(complete[0, 0] - truth[0, 0])
    assert (spread > truth[:, 1]).all()


@pytest.mark.parametrize("cohort_name", ["synthetic", "table_study"])
def test_imputation_agrees_with_mice_within_monte_carlo_error(cohort_name, request):
    reference = json.loads((FIXTURES / f"{cohort_name}_diagnostics_r.json").read_text())
    theirs = reference["imputation"][1:]  # not the intercept
    names = ("age_years", "sex", "bmi_kg_m2", "total_spine_hu", "hypertension")
    people = request.getfixturevalue(cohort_name)[0].copy()
    people.loc[people.index[::4], "bmi_kg_m2"] = np.nan
    people.loc[people.index[1::5], "total_spine_hu"] = np.nan
    variables = known_variables(Settings())
    data = impute(people, [*names, "endplate_defect"], variables, 60, seed=4)
    ours = np.array([estimates(completed, names, variables)[:, 0] for completed in data])
    for column, case in zip(ours.T, theirs, strict=True):
        monte_carlo = np.sqrt((column.var(ddof=1) + case["between"]) / case["m"])
        assert abs(column.mean() - case["estimate"]) < 4 * monte_carlo
    # the share of variance due to what is missing, of the two terms with many missing values
    for place in (2, 3):
        assert 0.5 < ours[:, place].var(ddof=1) / theirs[place]["between"] < 2


def test_matching_draws_from_the_five_nearest():
    observed = np.arange(100.0)
    design = np.column_stack([np.ones(100), (observed - 50) / 30])
    wanted = np.column_stack([np.ones(400), np.zeros(400)])
    found = match_predictive_means(observed, design, wanted, np.random.default_rng(1))
    # the relation is exact, so that no coefficient moves: 50 and its two neighbours on each side
    assert set(found) == {48.0, 49.0, 50.0, 51.0, 52.0}


def test_pooling_one_data_set_is_refused():
    with pytest.raises(ValueError, match="two imputed data sets"):
        pool(np.array([1.0]), np.array([0.1]), 50)


def test_pooling_equal_results_is_the_result_itself():
    found = pool(np.array([0.5, 0.5, 0.5]), np.array([0.2, 0.2, 0.2]), 1e6)
    assert found.estimate == 0.5
    assert found.standard_error == pytest.approx(0.2)
    assert found.ci_high == pytest.approx(0.5 + 1.96 * 0.2, rel=1e-4)
