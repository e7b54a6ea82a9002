"""Profile likelihood and Firth's penalty: known results, and what is said where there is none."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from bonecohort.statistics.regression.logistic_recommended import recommended_models
from bonecohort.statistics.regression.penalized_likelihood import FIRTH
from bonecohort.statistics.regression.profile_likelihood import fit_profile
from bonecohort.study.settings import Variable
from tests.statistics.conftest import FIXTURES

NO_YES = ("no", "yes")
VARIABLES = {
    "age_years": Variable("Age", "years"),
    "hu": Variable("HU", "HU"),
    "hypertension": Variable("Hypertension", type="categorical", levels=NO_YES),
    "grade": Variable("Grade", type="categorical", levels=("none", "mild", "severe")),
}
SEPARATED = json.loads((FIXTURES / "firth_r.json").read_text())["cases"]


def cohort(n: int = 90) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    age = rng.normal(65, 9, n).round()
    return pd.DataFrame(
        {
            "endplate_defect": np.where(rng.normal(age, 12) > 66, "yes", "no"),
            "age_years": age,
            "hu": rng.normal(120, 30, n).round(),
            "hypertension": rng.choice(NO_YES, n),
            "grade": rng.choice(["none", "mild", "severe"], n),
        }
    )


def multivariable(frame: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    found = recommended_models(frame, "endplate_defect", [], terms, VARIABLES)
    return found[found["shown"] == "yes"].set_index("term")


@pytest.mark.parametrize("case", SEPARATED)
def test_firth_of_separated_outcomes_is_that_of_r(case: str):
    known = SEPARATED[case]
    slopes, _ = fit_profile(np.array(known["y"]) == 1, np.array(known["x"]), penalty=FIRTH)
    for name, values in {
        "estimate": known["estimate"],
        "standard_error": known["standard_error"],
        "ci_low": known["low"],
        "ci_high": known["high"],
        "statistic": known["fall"],
    }.items():
        assert [getattr(slope, name) for slope in slopes] == pytest.approx(values, rel=1e-6), name


def test_firth_of_a_fourfold_table_adds_a_half_to_every_cell():
    events = np.repeat([True, False, True, False], [7, 0, 5, 9])
    term = np.repeat([1.0, 1.0, 0.0, 0.0], [7, 0, 5, 9])
    slope = fit_profile(events, term[:, np.newaxis], penalty=FIRTH)[0][0]
    assert slope.estimate == pytest.approx(np.log(7.5 * 9.5 / (0.5 * 5.5)), rel=1e-9)


def test_at_a_profile_limit_the_likelihood_has_fallen_by_the_quantile_of_chi_square():
    frame = cohort()
    events = (frame["endplate_defect"] == "yes").to_numpy()
    design = frame[["age_years", "hu"]].to_numpy()
    slopes, height = fit_profile(events, design)
    for limit in (slopes[0].ci_low, slopes[0].ci_high):
        others = np.column_stack([np.ones(len(design)), design[:, 1]])
        model = GLM(events.astype(float), others, Binomial(), offset=limit * design[:, 0])
        fallen = 2 * (height - model.fit(tol=1e-14).llf)
        assert fallen == pytest.approx(3.841458820694124, rel=1e-9)


@pytest.mark.parametrize("kind", ["complete", "quasi-complete"])
def test_firth_is_shown_under_separation_and_said_so(kind: str):
    frame = cohort()
    frame["hypertension"] = frame["endplate_defect"]
    if kind == "quasi-complete":
        frame.loc[frame.index[frame["endplate_defect"] == "yes"][:5], "hypertension"] = "no"
    found = multivariable(frame, ["age_years", "hypertension"])
    assert set(found["method"]) == {"firth"}
    assert found["warnings"].str.contains(r"separated .* by hypertension\[yes\]").all()
    assert np.isfinite(found[["odds_ratio", "ci_low", "ci_high", "p_value"]]).all(axis=None)
    assert found.loc["hypertension[yes]", "ci_low"] > 1
    every = recommended_models(frame, "endplate_defect", [], ["hypertension"], VARIABLES)
    likelihood = every[every["method"] == "maximum_likelihood"]
    assert likelihood["estimate"].isna().all()
    assert likelihood["reason"].str.contains("separated").all()


def test_collinear_terms_are_named():
    frame = cohort().assign(hu=lambda people: 2 * people["age_years"] - 7)
    reasons = multivariable(frame, ["age_years", "hu", "hypertension"])["reason"]
    assert set(reasons) == {"not fitted: the terms are collinear: age_years, hu"}


def test_a_constant_term_is_left_out_and_the_rest_fitted():
    found = multivariable(cohort().assign(hypertension="no"), ["age_years", "hypertension"])
    assert "has one value only" in found.loc["hypertension[yes]", "reason"]
    assert np.isfinite(found.loc["age_years", "odds_ratio"])
    assert found.loc["age_years", "warnings"] == "fitted without hypertension"


def test_a_column_without_values_is_left_out_with_the_reason():
    found = multivariable(cohort().assign(hu=np.nan), ["age_years", "hu"])
    assert found.loc["hu", "reason"] == "left out: hu has no value"


def test_a_category_nobody_has_is_left_out_with_the_reason():
    frame = cohort()
    frame["grade"] = frame["grade"].replace("severe", "mild")
    found = multivariable(frame, ["grade"])
    assert found.loc["grade[severe]", "reason"] == "left out: nobody has grade severe"
    assert np.isfinite(found.loc["grade[mild]", "odds_ratio"])


def test_few_events_are_reported():
    found = multivariable(cohort(30), ["age_years", "hu", "hypertension"])
    assert found["warnings"].str.contains("fewer than 10").all()


def test_three_participants_give_a_reason():
    found = multivariable(cohort().iloc[[0, 1, 40]], ["age_years", "hu", "hypertension"])
    assert found["reason"].ne("").all()


def test_adjusted_p_covers_every_shown_term_of_the_table():
    found = recommended_models(
        cohort(), "endplate_defect", ["age_years", "hu"], ["age_years", "hu"], VARIABLES
    )
    shown = found[found["shown"] == "yes"]
    assert shown["p_adjusted"].min() == pytest.approx(4 * shown["p_value"].min())
    assert found.loc[found["shown"] == "no", "p_adjusted"].isna().all()
