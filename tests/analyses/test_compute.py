"""Results of listed analyses against R: settings in, tidy frames out."""

from __future__ import annotations

import pytest
from scipy import stats

from bonecohort.analyses.compute import compute
from bonecohort.study.analyses import Analysis, CorrelationOfVariables, Table1, listed

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
