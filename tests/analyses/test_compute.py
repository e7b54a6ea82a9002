"""Results of listed analyses against R: settings in, tidy frames out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from bonecohort.analyses.compute import compute
from bonecohort.study.analyses import Analysis, listed
from bonecohort.study.analysis_entries import (
    Agreement,
    CorrelationOfVariables,
    Prevalence,
    RegressionOfVariables,
    Roc,
    Sites,
    Table1,
    Thresholds,
)

CORRELATED = ["r", "ci_low", "ci_high", "statistic", "df", "p_value", "n"]


def results(cohort, **entry):
    """Return the frames of one listed analysis by the stems of their files."""
    return compute(listed((Analysis(**entry),)), cohort)


def test_table_1_compares_any_grouping(cohort):
    asked = Table1("grade", ("age_years", "sex", "bmd_g_cm2"))
    found = results(cohort, table1=asked)
    assert list(found) == ["01_table1", "01_table1_counts", "01_table1_effects"]
    rows = found["01_table1"].query("table == 'table1' and shown == 'yes'").set_index("variable")
    assert list(rows.index) == list(asked.rows)
    people = cohort.participants
    groups = [people.loc[people["grade"] == grade, "age_years"] for grade in set(people["grade"])]
    expected = stats.f_oneway(*groups).pvalue
    assert rows.loc["age_years", "p_value"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations_are_those_of_r(cohort, checked, method):
    names = ("bmi_kg_m2", "bmd_g_cm2", "t_score", "total_spine_hu")
    asked = CorrelationOfVariables(names, method, ("age_years", "sex"))
    (found,) = results(cohort, correlation=asked).values()
    keys = ["method", "adjusted_for", "x", "y"]
    assert len(checked(found, "correlation", keys, CORRELATED)) == 6 * len(CORRELATED)


def test_correlations_of_sites_are_those_of_r(cohort, checked):
    asked = CorrelationOfVariables(("hu", "body_width_mm"), among="sites")
    (found,) = results(cohort, correlation=asked).values()
    assert set(found["among"]) == {"total", "within", "between"}
    assert len(checked(found, "sites", ["among", "x", "y"], CORRELATED)) == 13


@pytest.mark.parametrize(("method", "n"), [("pearson", 21), ("spearman", 21)])
def test_partial_correlations_of_sites_are_those_of_r(cohort, checked, method, n):
    asked = CorrelationOfVariables(
        ("hu", "body_width_mm"), method, ("age_years", "sex"), among="sites"
    )
    (found,) = results(cohort, correlation=asked).values()
    keys = ["method", "adjusted_for", "among", "x", "y"]
    assert len(checked(found, "nested", keys, CORRELATED)) == n


MODELLED = [
    "estimate", "standard_error", "odds_ratio", "ci_low", "ci_high", "df", "p_value", "n",
    "r_squared", "adjusted_r_squared", "residual_sd",
]  # fmt: skip


@pytest.mark.parametrize("errors", ["ordinary", "hc3"])
def test_a_continuous_outcome_has_the_linear_regression_of_r(cohort, checked, errors):
    asked = RegressionOfVariables("bmd_g_cm2", ("age_years", "sex"), errors)
    found = results(cohort, regression=asked)
    table = found["01_regression"]
    assert set(table["family"]) == {"linear"}
    univariate = table[table["model"] == "univariate"]
    compared = checked(univariate, "linear", ["errors", "model", "term"], MODELLED)
    assert {key.split("/")[3] for key in compared} == {"age_years", "sex[female]"}
    assert found["01_regression_proportional_odds"].empty


def test_an_outcome_of_three_categories_has_the_ordinal_regression_of_r(cohort, checked):
    asked = RegressionOfVariables("grade", ("age_years", "sex", "total_spine_hu"))
    found = results(cohort, regression=asked)
    table = found["01_regression"]
    assert set(table["family"]) == {"ordinal"}
    multivariable = table[table["model"] == "multivariable"]
    assert len(checked(multivariable, "ordinal", ["model", "term"], MODELLED)) >= 3 * 5
    tests = found["01_regression_proportional_odds"].query("model == 'multivariable'")
    assert checked(tests, "brant", ["model", "term"], ["statistic", "df", "p_value"])


def test_an_outcome_of_two_categories_has_a_logistic_regression(cohort):
    asked = RegressionOfVariables("hypertension", ("age_years",))
    table = results(cohort, regression=asked)["01_regression"]
    people = cohort.participants.dropna(subset=["hypertension", "age_years"])
    events = (people["hypertension"] == "yes").astype(float)
    fit = sm.Logit(events, sm.add_constant(people["age_years"])).fit(disp=False, tol=1e-12)
    assert set(table["family"]) == {"logistic"}
    assert table["estimate"].to_numpy() == pytest.approx(fit.params["age_years"], rel=1e-6)


def test_sites_are_nested_in_participants_as_in_r(cohort, checked):
    levels = ("L1", "L2", "L3", "L4", "L5")
    asked = Sites("hu", ("site", "age_years", "sex"))
    found = results(cohort, sites=asked)
    shown = found["01_sites"].query("shown == 'yes'")
    assert set(shown["method"]) <= {"gee_exchangeable", "gee_bias_reduced"}
    mixed = found["01_sites_mixed"].replace(
        {"term": {f"site[{level}]": f"level[{level}]" for level in levels}}
    )
    mixed["question"] = "hu on level + age_years + sex"
    quantities = ["variance_between", "variance_within", "icc", *MODELLED]
    assert len(checked(mixed, "mixed", ["question", "term"], quantities)) > 6 * 5


def test_roc_areas_are_compared_as_in_r(cohort, checked, reference):
    high = replace(cohort.variables["age_years"], direction="higher is worse")
    low = replace(cohort.variables["bmi_kg_m2"], direction="lower is worse")
    own = replace(cohort, variables={**cohort.variables, "age_years": high, "bmi_kg_m2": low})
    asked = Roc("t_score", -2.5, ("total_spine_hu", "age_years", "bmi_kg_m2", "hu_L1"))
    found = results(own, roc=asked)
    assert list(found["01_roc"]["direction"]) == ["below", "above", "below", "below"]
    quantities = ["auc_1", "auc_2", "n", "statistic", "p_value", "ci_low", "ci_high"]
    keys = ["predictor_1", "predictor_2"]
    compared = checked(found["01_roc_compared"], "auc", keys, quantities)
    assert compared == {key for key in reference if key.startswith("auc/")}


def test_thresholds_call_the_bad_side_positive(cohort):
    high = replace(cohort.variables["age_years"], direction="higher is worse")
    own = replace(cohort, variables={**cohort.variables, "age_years": high})
    (found,) = results(own, thresholds=Thresholds("age_years", (70,), "hypertension")).values()
    row = found[found["rule"] == ">="].iloc[0]
    people = cohort.participants.dropna(subset=["age_years", "hypertension"])
    cases = people[people["hypertension"] == "yes"]
    assert row["threshold"] == 70
    assert row["sensitivity"] == pytest.approx((cases["age_years"] >= 70).mean())
    counts = pd.crosstab(people["age_years"] >= 70, people["hypertension"])
    odds = counts.loc[True, "yes"] * counts.loc[False, "no"]
    expected = odds / (counts.loc[True, "no"] * counts.loc[False, "yes"])
    assert row["odds_ratio"] == pytest.approx(expected)
    (low,) = results(cohort, thresholds=Thresholds("t_score", (-2.5,), "hypertension")).values()
    assert list(low["rule"]) == ["<", "<="]


def test_prevalence_of_participants_has_wilsons_limits(cohort):
    asked = Prevalence(("hypertension",), "sex")
    (found,) = results(cohort, prevalence=asked).values()
    shown = found[found["shown"] == "yes"].set_index("group")
    people = cohort.participants.dropna(subset=["hypertension"])
    for group, rows in [*people.groupby("sex"), ("all", people)]:
        n, events = len(rows), int((rows["hypertension"] == "yes").sum())
        low, high = proportion_confint(events, n, method="wilson")
        row = shown.loc[group]
        assert (row["n"], row["n_sites"]) == (events, n)
        assert row["ci_low"] == pytest.approx(100 * low, rel=1e-9)
        assert row["ci_high"] == pytest.approx(100 * high, rel=1e-9)


def test_readers_are_compared_on_any_measure(cohort):
    draw = np.random.default_rng(5)
    true = draw.normal(50, 8, 30)
    read = {"1": true + draw.normal(0, 1, 30), "2": true + draw.normal(0.5, 1, 30)}
    rows = [
        {"participant_id": f"P{i // 3}", "site": f"L{1 + i % 3}", "modality": "mr_fat",
         "measure": "pdff", "value": values[i], "unit": "%", "method": "map", "reader": reader}
        for reader, values in read.items()
        for i in range(30)
    ]  # fmt: skip
    own = replace(cohort, measurements=pd.DataFrame(rows))
    (found,) = results(own, agreement=Agreement(("mr_fat_pdff",))).values()
    estimates = found.set_index("statistic")["estimate"]
    differences = read["1"] - read["2"]
    assert estimates["mean_difference"] == pytest.approx(differences.mean())
    half = 1.959963984540054 * differences.std(ddof=1)
    assert estimates["limit_high"] == pytest.approx(differences.mean() + half)
