from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bonecohort.statistics.regression.logistic import fit_logistic
from bonecohort.statistics.regression.logistic_published import logistic_models
from bonecohort.study.settings import Variable

NO_YES = ("no", "yes")
VARIABLES = {
    "age_years": Variable("Age", "years"),
    "hypertension": Variable("Hypertension", type="categorical", levels=NO_YES),
    "grade": Variable("Grade", type="categorical", levels=("none", "mild", "severe")),
}


def cohort(n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    age = rng.normal(65, 9, n).round()
    return pd.DataFrame(
        {
            "endplate_defect": np.where(rng.normal(age, 12) > 66, "yes", "no"),
            "age_years": age,
            "hypertension": rng.choice(NO_YES, n),
            "grade": rng.choice(["none", "mild", "severe"], n),
        }
    )


def models(frame: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    return logistic_models(frame, "endplate_defect", terms, terms, VARIABLES)


def multivariable(frame: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    found = models(frame, terms)
    return found[found["model"] == "multivariable"].set_index("term")


def test_categories_are_terms_against_the_first_declared_level():
    found = multivariable(cohort(), ["age_years", "grade"])
    assert list(found.index) == ["age_years", "grade[mild]", "grade[severe]"]
    assert list(found["reference"]) == ["", "none", "none"]


def test_odds_ratio_of_a_binary_term_is_that_of_its_counts():
    frame = cohort()
    counts = pd.crosstab(frame["hypertension"], frame["endplate_defect"])
    cross = counts.loc["yes", "yes"] * counts.loc["no", "no"]
    ratio = cross / (counts.loc["yes", "no"] * counts.loc["no", "yes"])
    row = models(frame, ["hypertension"]).iloc[0]
    assert row["odds_ratio"] == pytest.approx(ratio, rel=1e-9)
    error = np.sqrt((1 / counts.to_numpy()).sum())
    assert row["standard_error"] == pytest.approx(error, rel=1e-6)


def test_rows_with_a_missing_term_are_counted_per_model():
    frame = cohort()
    frame.loc[:4, "hypertension"] = None
    frame.loc[5, "endplate_defect"] = None
    found = models(frame, ["age_years", "hypertension"]).set_index(["model", "term"])
    assert found.loc[("univariate", "age_years"), "n"] == 79
    assert found.loc[("univariate", "hypertension[yes]"), "n"] == 74
    assert set(found.loc["multivariable", "n"]) == {74}
    assert set(found.loc["multivariable", "n_missing"]) == {5}


@pytest.mark.parametrize("kind", ["complete", "quasi-complete"])
def test_separation_is_reported_and_no_estimate_is_given(kind: str):
    frame = cohort()
    frame["hypertension"] = frame["endplate_defect"]
    if kind == "quasi-complete":
        frame.loc[frame.index[frame["endplate_defect"] == "yes"][:5], "hypertension"] = "no"
    found = multivariable(frame, ["age_years", "hypertension"])
    assert found[["estimate", "odds_ratio", "p_value"]].isna().all(axis=None)
    assert all("separated" in text and "hypertension[yes]" in text for text in found["warning"])
    assert "age_years" not in found["warning"].iloc[0]


def test_separation_by_terms_together_is_found():
    rng = np.random.default_rng(2)
    design = rng.normal(size=(60, 2))
    outcome = design.sum(axis=1) > 0
    fit = fit_logistic(outcome, design, ["a", "b"])
    assert "a, b" in fit.warning
    assert all(np.isnan(slope.estimate) for slope in fit.slopes)


def test_strong_but_overlapping_prediction_is_fitted():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(300, 1))
    outcome = (x[:, 0] + rng.normal(0, 0.3, 300)) > 0
    fit = fit_logistic(outcome, x, ["x"])
    assert fit.warning == ""
    assert fit.slopes[0].estimate > 3


def test_collinear_terms_are_refused():
    rng = np.random.default_rng(5)
    x = rng.normal(size=50)
    fit = fit_logistic(rng.random(50) > 0.5, np.column_stack([x, 2 * x + 1]), ["x", "y"])
    assert fit.warning == "not fitted: the terms are collinear: x, y"


def test_absent_and_constant_terms_are_left_out_and_the_model_says_so():
    frame = cohort().drop(columns="grade")
    frame["hypertension"] = "no"
    found = multivariable(frame, ["age_years", "hypertension", "grade"])
    assert "left out" in found.loc["hypertension[yes]", "warning"]
    assert "no column grade" in found.loc["grade[mild]", "warning"]
    assert "fitted without hypertension, grade" in found.loc["age_years", "warning"]
    assert np.isfinite(found.loc["age_years", "p_value"])


def test_too_few_events_are_reported():
    frame = cohort(30)
    assert (
        "of the rarer outcome per term"
        in multivariable(frame, ["age_years", "hypertension", "grade"])["warning"].iloc[0]
    )


def test_units_do_not_change_the_model():
    frame = cohort()
    plain = models(frame, ["age_years"]).iloc[0]
    frame["age_years"] *= 1e6
    scaled = models(frame, ["age_years"]).iloc[0]
    assert scaled["p_value"] == pytest.approx(plain["p_value"], rel=1e-9)
    assert scaled["estimate"] * 1e6 == pytest.approx(plain["estimate"], rel=1e-9)


def test_a_category_everybody_has_keeps_its_declared_name():
    table = models(cohort().assign(hypertension="yes"), ["hypertension"])
    assert set(table["term"]) == {"hypertension[yes]"}
    assert set(table["reference"]) == {"no"}
    assert table["warning"].str.contains("one value only").all()
