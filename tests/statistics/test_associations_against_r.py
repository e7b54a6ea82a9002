"""Correlations, linear, ordinal and mixed models and compared ROC areas, each against R.

``fixtures/associations.R`` made the reference and names the versions.
"""

from __future__ import annotations

import json
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from bonecohort.statistics.effects.correlation_table import correlation_matrix, site_correlations
from bonecohort.statistics.prediction.auc_comparison import auc_comparisons
from bonecohort.statistics.prediction.reference_standard import at_or_below
from bonecohort.statistics.prediction.roc_table import Predictor
from bonecohort.statistics.regression.mixed_table import mixed_results
from bonecohort.statistics.regression.model_table import proportional_odds_tests, regression_table
from bonecohort.statistics.regression.site_questions import site_question
from bonecohort.statistics.variables import known_variables
from bonecohort.study.settings import Settings, Variable
from tests.statistics.conftest import FIXTURES

REFERENCE = json.loads((FIXTURES / "synthetic_associations_r.json").read_text())["values"]
TOOLS_AGREE = 1e-6
SEVERAL = ["age_years", "bmi_kg_m2", "bmd_g_cm2", "t_score", "total_spine_hu"]
LEVELS = ("L1", "L2", "L3", "L4", "L5")
VARIABLES = known_variables(Settings()) | {
    "grade": Variable("Defects", type="categorical", levels=("none", "one", "several")),
    "level": Variable("Level", type="categorical", levels=LEVELS),
}


def checked(found: pd.DataFrame, analysis: str, keys: list[str], quantities: list[str]) -> set[str]:
    """Compare every quantity that R has; return the keys compared."""
    compared = set()
    for row in found.to_dict("records"):
        place = "/".join([analysis, *(str(row[key]) for key in keys)])
        for quantity in quantities:
            if (key := f"{place}/{quantity}") in REFERENCE:
                assert row[quantity] == pytest.approx(REFERENCE[key], rel=TOOLS_AGREE, abs=1e-12), (
                    key
                )
                compared.add(key)
    return compared


def of(analysis: str) -> set[str]:
    return {key for key in REFERENCE if key.startswith(f"{analysis}/")}


CORRELATED = ["r", "ci_low", "ci_high", "statistic", "df", "p_value", "p_adjusted", "n"]


def test_correlations_are_those_of_r(synthetic):
    people = synthetic[0]
    compared = set()
    for method in ("pearson", "spearman"):
        for names, covariates in ((SEVERAL, []), (SEVERAL[1:], ["age_years", "sex"])):
            found = correlation_matrix(people, names, VARIABLES, method, covariates)
            assert len(found) == len(list(combinations(names, 2)))
            keys = ["method", "adjusted_for", "x", "y"]
            compared |= checked(found, "correlation", keys, CORRELATED)
    assert compared == of("correlation")


PAIRS_OF_SITES = (["hu", "width_mm"], ["hu", "body_width_mm"], ["hu_upper", "hu_lower"])
OF_SITES = VARIABLES | {
    name: Variable() for name in ("width_mm", "body_width_mm", "hu_upper", "hu_lower", "hu_middle")
}


def of_pairs(bones: pd.DataFrame, *asked: object) -> pd.DataFrame:
    return pd.concat(site_correlations(bones, pair, OF_SITES, *asked) for pair in PAIRS_OF_SITES)


def test_correlations_of_nested_sites_are_those_of_r(synthetic):
    found = of_pairs(synthetic[1])
    assert checked(found, "sites", ["among", "x", "y"], CORRELATED) == of("sites")


COVARIATES = (["age_years", "sex"], ["level", "hu_middle"])


@pytest.mark.parametrize(
    ("method", "covariates"),
    [("spearman", []), *product(("pearson", "spearman"), COVARIATES)],
)
def test_partial_and_rank_correlations_of_nested_sites_are_those_of_r(
    synthetic, method, covariates
):
    bones = synthetic[1].merge(synthetic[0][["participant_id", "age_years", "sex"]])
    found = of_pairs(bones, method, covariates)
    keys = ["method", "adjusted_for", "among", "x", "y"]
    compared = checked(found, "nested", keys, [*CORRELATED, "n_participants"])
    assert compared == of(f"nested/{method}/{' + '.join(covariates)}")
    assert compared


MODELLED = [
    "estimate", "standard_error", "odds_ratio", "ci_low", "ci_high", "df", "p_value", "n",
    "r_squared", "adjusted_r_squared", "residual_sd",
]  # fmt: skip


def test_linear_models_are_those_of_r(synthetic):
    terms = (["age_years", "sex"], ["age_years", "sex", "bmi_kg_m2", "hypertension"])
    compared = set()
    for errors in ("ordinary", "hc3"):
        found = regression_table(synthetic[0], "bmd_g_cm2", *terms, VARIABLES, errors=errors)
        compared |= checked(found, "linear", ["errors", "model", "term"], MODELLED)
    assert compared == of("linear")


@pytest.fixture(scope="module")
def graded(synthetic):
    names = np.array(["none", "one", "several"])
    return synthetic[0].assign(grade=names[synthetic[0]["n_defect_vertebrae"].clip(upper=2)])


ORDINAL_TERMS = (["age_years", "sex"], ["age_years", "sex", "total_spine_hu"])


def test_ordinal_models_are_those_of_r(graded):
    found = regression_table(graded, "grade", *ORDINAL_TERMS, VARIABLES)
    assert set(found["family"]) == {"ordinal"}
    assert checked(found, "ordinal", ["model", "term"], MODELLED) == of("ordinal")


def test_brants_tests_are_those_of_its_formula_in_r(graded):
    found = proportional_odds_tests(graded, "grade", *ORDINAL_TERMS, VARIABLES)
    # A univariate model's test of all terms is that of its one term.
    found = found.drop_duplicates(["model", "term"], keep="last")
    found = found[(found["model"] == "multivariable") | (found["term"] != "")]
    multivariable = {key for key in of("brant") if not key.startswith("brant/univariate//")}
    compared = checked(found, "brant", ["model", "term"], ["statistic", "df", "p_value"])
    assert compared == multivariable


def test_mixed_models_are_those_of_r(synthetic):
    bones = synthetic[1].merge(synthetic[0][["participant_id", "age_years", "sex"]])
    questions = [
        site_question(bones, "hu", names, VARIABLES)
        for names in (["level"], ["level", "age_years", "sex"])
    ]
    quantities = ["variance_between", "variance_within", "icc", *MODELLED]
    assert checked(mixed_results(questions), "mixed", ["question", "term"], quantities) == of(
        "mixed"
    )


def test_compared_roc_areas_are_those_of_r(synthetic):
    directions = {
        "total_spine_hu": "below", "age_years": "above", "bmi_kg_m2": "below", "hu_L1": "below",
    }  # fmt: skip
    predictors = [Predictor(name, direction) for name, direction in directions.items()]
    found = auc_comparisons(synthetic[0], at_or_below(synthetic[0], "t_score", -2.5), predictors)
    quantities = ["auc_1", "auc_2", "n", "statistic", "p_value", "ci_low", "ci_high"]
    assert checked(found, "auc", ["predictor_1", "predictor_2"], quantities) == of("auc")
