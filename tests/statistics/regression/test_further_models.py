"""Linear, ordinal and mixed models in cases whose answer is known, or that have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bonecohort.statistics.regression.clustered_data import ClusteredData
from bonecohort.statistics.regression.clustered_table import clustered_results
from bonecohort.statistics.regression.linear import fit_linear
from bonecohort.statistics.regression.logistic import fit_logistic
from bonecohort.statistics.regression.mixed import NONE_BETWEEN, fit_mixed
from bonecohort.statistics.regression.mixed_table import mixed_results
from bonecohort.statistics.regression.model_table import proportional_odds_tests, regression_table
from bonecohort.statistics.regression.ordinal import fit_ordinal
from bonecohort.statistics.regression.proportional_odds import maximum
from bonecohort.statistics.regression.site_questions import site_question
from bonecohort.study.settings import Variable

LONGLEY = np.array(
    [
        [60323, 83.0, 234289, 2356, 1590, 107608, 1947],
        [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
        [60171, 88.2, 258054, 3682, 1616, 109773, 1949],
        [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
        [63221, 96.2, 328975, 2099, 3099, 112075, 1951],
        [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
        [64989, 99.0, 365385, 1870, 3547, 115094, 1953],
        [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
        [66019, 101.2, 397469, 2904, 3048, 117388, 1955],
        [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
        [68169, 108.4, 442769, 2936, 2798, 120445, 1957],
        [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
        [68655, 112.6, 482704, 3813, 2552, 123366, 1959],
        [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
        [69331, 115.7, 518173, 4806, 2572, 127852, 1961],
        [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
    ]
)
"""NIST's statistical reference data set Longley, of which 11 digits are certified."""


def test_ill_conditioned_data_have_the_certified_estimates():
    fit = fit_linear(LONGLEY[:, 0], LONGLEY[:, 1:], [f"x{k}" for k in range(1, 7)])
    assert [slope.estimate for slope in fit.slopes] == pytest.approx(
        [15.0618722713733, -0.358191792925910e-01, -2.02022980381683, -1.03322686717359,
         -0.511041056535807e-01, 1829.15146461355], rel=1e-9,
    )  # fmt: skip
    assert [slope.standard_error for slope in fit.slopes] == pytest.approx(
        [84.9149257747669, 0.334910077722432e-01, 0.488399681651699, 0.214274163161675,
         0.226073200069370, 455.478499142212], rel=1e-9,
    )  # fmt: skip
    assert fit.intercept.estimate == pytest.approx(-3482258.63459582, rel=1e-9)
    assert fit.residual_sd == pytest.approx(304.854073561965, rel=1e-9)
    assert fit.r_squared == pytest.approx(0.995479004577296, rel=1e-12)
    assert fit.statistic == pytest.approx(330.285339234588, rel=1e-9)


def test_lines_that_do_not_exist_say_why():
    x = np.arange(6.0)[:, np.newaxis]
    assert "6 complete rows for 6" in fit_linear(x[:, 0], np.eye(6)[:, :5], list("abcde")).warning
    assert "the outcome is 2 in all 6" in fit_linear(np.full(6, 2.0), x, ["a"]).warning
    assert fit_linear(3 * x[:, 0] - 1, x, ["a"]).warning == (
        "not fitted: the terms give the outcome exactly"
    )
    twice = np.column_stack([x, 2 * x])
    assert "collinear: a, b" in fit_linear(np.sin(x[:, 0]), twice, ["a", "b"]).warning


def test_two_categories_give_the_logistic_model():
    rng = np.random.default_rng(3)
    design = rng.normal(size=(80, 2))
    events = (design @ [1.0, -0.5] + rng.logistic(size=80) > 0).astype(np.int64)
    standardized = (design - design.mean(axis=0)) / design.std(axis=0)
    found, logistic = maximum(events, standardized), fit_logistic(events == 1, design, ["a", "b"])
    assert found is not None
    assert found.log_likelihood == pytest.approx(logistic.log_likelihood, rel=1e-12)
    slopes = [slope.estimate for slope in logistic.slopes]
    assert found.estimates[1:] / design.std(axis=0) == pytest.approx(slopes, rel=1e-9)


def test_a_group_among_ordered_categories_without_a_difference_has_odds_ratio_1():
    outcome = np.tile(np.repeat([0, 1, 2], 4), 2)
    group = np.repeat([0.0, 1.0], 12)[:, np.newaxis]
    fit = fit_ordinal(outcome, group, ["group"])
    assert fit.slopes[0].estimate == pytest.approx(0, abs=1e-9)
    assert fit.thresholds == pytest.approx([np.log(0.5), np.log(2)])
    assert fit.brant[0].p_value == pytest.approx(1)


def test_ordinal_models_that_do_not_exist_say_why():
    x = np.arange(9.0)[:, np.newaxis]
    outcome = np.repeat([0, 1, 2], 3)
    assert "(completely or quasi-completely) by a," in fit_ordinal(outcome, x, ["a"]).warning
    assert "2 categories among 9" in fit_ordinal(np.minimum(outcome, 1), x, ["a"]).warning


def test_terms_that_separate_only_together_are_found():
    rng = np.random.default_rng(11)
    design = rng.normal(size=(60, 2))
    outcome = np.digitize(design.sum(axis=1), [-0.7, 0.7])
    assert "by a, b, so" in fit_ordinal(outcome, design, ["a", "b"]).warning
    outcome[np.argmax(design.sum(axis=1))] = 0
    assert not fit_ordinal(outcome, design, ["a", "b"]).warning


def test_a_category_of_one_row_has_no_robust_error():
    rng = np.random.default_rng(2)
    group = np.zeros((20, 1))
    group[7] = 1
    outcome = rng.normal(size=20)
    assert "HC3 has no variance" in fit_linear(outcome, group, ["g"], "hc3").warning
    assert not fit_linear(outcome, group, ["g"]).warning


def nested(n: int, size: int, between: float, seed: int = 1) -> ClusteredData:
    rng = np.random.default_rng(seed)
    people = np.repeat(np.arange(n), size)
    term = rng.normal(size=n * size)
    shared = rng.normal(size=n)[people] * between
    outcome = shared + 0.5 * term + rng.normal(size=n * size)
    return ClusteredData(outcome, term[:, np.newaxis], people, ("x",), "linear")


def test_balanced_variances_are_those_of_the_analysis_of_variance():
    """Of a balanced one-way layout restricted likelihood gives the moments' estimates."""
    rng = np.random.default_rng(8)
    n, size = 30, 4
    people = np.repeat(np.arange(n), size)
    site = np.tile(np.arange(size), n).astype(float)
    values = rng.normal(size=n)[people] + rng.normal(size=n * size)
    fit = fit_mixed(ClusteredData(values, site[:, np.newaxis], people, ("site",), "linear"))
    table = values.reshape(n, size)
    line = np.polynomial.polynomial.polyfit(np.arange(size), table.mean(axis=0), 1)
    left = table - np.polynomial.polynomial.polyval(np.arange(size), line)
    means = left.mean(axis=1)
    within = ((left - means[:, np.newaxis]) ** 2).sum() / (n * (size - 1) - 1)
    between = (size * (means - means.mean()) ** 2).sum() / (n - 1)
    assert fit.variance_within == pytest.approx(within, rel=1e-9)
    assert fit.variance_between == pytest.approx((between - within) / size, rel=1e-9)
    assert fit.df[0] == pytest.approx(n * (size - 1) - 1, rel=1e-6)


def test_no_variance_between_participants_is_least_squares():
    data = nested(30, 3, 0.0, seed=6)
    centred = data.outcome - np.bincount(data.participants, data.outcome)[data.participants] / 3
    fit = fit_mixed(ClusteredData(centred, data.design, data.participants, ("x",), "linear"))
    assert fit.warning == NONE_BETWEEN
    assert fit.icc == 0
    line = fit_linear(centred, data.design, ["x"])
    assert fit.slopes[0].standard_error == pytest.approx(line.slopes[0].standard_error, rel=1e-9)
    assert fit.df == (88.0,)


def test_units_do_not_change_a_mixed_model():
    data = nested(25, 4, 1.0)
    other = ClusteredData(
        1e4 * data.outcome + 7, 1e-5 * data.design + 300, data.participants, ("x",), "linear"
    )
    once, again = fit_mixed(data), fit_mixed(other)
    assert again.slopes[0].p_value == pytest.approx(once.slopes[0].p_value, rel=1e-6)
    assert again.icc == pytest.approx(once.icc, rel=1e-9)


def test_mixed_models_that_do_not_exist_say_why():
    data = nested(20, 1, 1.0)
    assert fit_mixed(data).reason == "not fitted: every participant has one site"
    same = nested(20, 3, 1.0)
    means = np.bincount(same.participants, same.outcome)[same.participants] / 3
    term = np.bincount(same.participants, same.design[:, 0])[same.participants]
    equal = ClusteredData(means, term[:, np.newaxis], same.participants, ("x",), "linear")
    assert fit_mixed(equal).reason == "not fitted: the sites of each participant are equal"


VARIABLES = {
    "fat": Variable("Fat", "%"),
    "age": Variable("Age", "years"),
    "site": Variable("Site", type="categorical", levels=("L1", "L2", "L3")),
    "low": Variable("Low", type="categorical", levels=("no", "yes")),
    "grade": Variable("Grade", type="categorical", levels=("0", "1", "2")),
}


@pytest.fixture(scope="module")
def sites():
    rng = np.random.default_rng(21)
    people = np.repeat(np.arange(60), 3)
    age = rng.normal(60, 8, 60)[people]
    fat = 30 + 0.4 * (age - 60) + 4 * rng.normal(size=60)[people] + rng.normal(size=180)
    return pd.DataFrame(
        {
            "participant_id": [f"P{i:02}" for i in people],
            "site": np.tile(["L1", "L2", "L3"], 60),
            "age": age,
            "fat": fat,
            "low": np.where(fat < 30, "yes", "no"),
            "grade": rng.choice(["0", "1", "2"], 180),
        }
    )


def test_a_question_of_sites_is_answered_by_every_method(sites):
    questions = [
        site_question(sites, "fat", ["site", "age"], VARIABLES),
        site_question(sites, "low", ["site"], VARIABLES),
        site_question(sites, "grade", ["age"], VARIABLES),
        site_question(sites, "fat", ["height"], VARIABLES),
    ]
    found = clustered_results(questions).set_index(["question", "term", "method"])
    robust = found.loc[("fat on site + age", "age", "cluster_robust")]
    assert robust["estimate"] == pytest.approx(0.4, abs=0.3)
    assert found.loc[("low on site", "site", "gee_exchangeable"), "df"] == 2
    told = found.xs("grade on age", level="question")["reason"]
    assert told.tolist() == ["not modelled: grade has 3 categories, not two"]
    mixed = mixed_results(questions).set_index(["question", "term"])
    assert mixed.loc[("fat on site + age", "age"), "icc"] > 0.8
    assert "continuous outcome only" in mixed.loc[("low on site", "site[L2]"), "reason"]
    assert "vertebra" not in found.to_csv()


def test_a_model_that_cannot_be_asked_keeps_its_rows(sites):
    for outcome, reason in (("pdff", "not declared"), ("height", "no column height")):
        variables = VARIABLES | {"height": Variable("Height", "cm")}
        found = regression_table(sites, outcome, ["age"], ["age", "low"], variables)
        assert found[["model", "term"]].to_numpy().tolist() == [
            ["univariate", "age"], ["multivariable", "age"], ["multivariable", "low"],
        ]  # fmt: skip
        assert found["warning"].str.contains(reason).all()
    partly = regression_table(sites, "fat", [], ["age", "height"], VARIABLES).set_index("term")
    assert partly.loc["age", "warning"] == "fitted without height"
    assert partly.loc["height", "warning"] == "left out: height is not declared under variables"
    assert proportional_odds_tests(sites, "fat", ["age"], [], VARIABLES).empty


def test_the_outcomes_type_chooses_the_regression(sites):
    once = sites.drop_duplicates("participant_id").reset_index(drop=True)
    families = {
        outcome: regression_table(once, outcome, ["age"], [], VARIABLES)["family"].tolist()
        for outcome in ("fat", "low", "grade")
    }
    assert families == {"fat": ["linear"], "low": ["logistic"], "grade": ["ordinal"]}
