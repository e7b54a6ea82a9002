from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bonecohort.statistics.tests.contingency import categorical_tests, chi_square, fisher_exact
from bonecohort.statistics.tests.two_groups import mann_whitney_u, student_t, welch_t
from bonecohort.statistics.values import numbers, ranked_precision
from tests.statistics.conftest import FIXTURES

FISHER = json.loads((FIXTURES / "fisher_r.json").read_text())["tables"]
SEX = np.array([[26, 43], [69, 61]])
readings = st.lists(st.integers(10, 300), min_size=3, max_size=30)


def test_fisher_agrees_with_r_where_both_tails_hold_equally_probable_tables():
    for table in FISHER:
        counts = np.array(table["counts"]).reshape(2, 2)
        assert fisher_exact(counts).p_value == pytest.approx(table["p"], rel=1e-6), counts


def test_chi_square_of_sex_prints_as_the_paper_without_continuity_correction():
    assert round(chi_square(SEX).p_value, 3) == 0.039
    assert round(chi_square(SEX, yates=True).p_value, 3) == 0.055
    assert round(fisher_exact(SEX).p_value, 3) == 0.052


def test_larger_table_has_pearson_only_and_unused_categories_are_dropped():
    three = np.array([[5, 9], [7, 8], [9, 2]])
    assert [test.test for test in categorical_tests(three, declared_levels=3)] == ["chi_square"]
    two = np.array([[5, 9], [0, 0], [9, 2]])
    assert len(categorical_tests(two, declared_levels=3)) == 3


@pytest.mark.parametrize("counts", [[[0, 0], [4, 5]], [[3, 0], [4, 0]], [[0, 0], [0, 0]]])
def test_undefined_tables_say_why(counts):
    for test in categorical_tests(np.array(counts), declared_levels=2):
        assert np.isnan(test.p_value)
        assert test.warning.startswith("not tested: ")


def test_small_expected_counts_are_reported():
    assert "in 2 of 4 cells" in chi_square(np.array([[1, 20], [2, 30]])).warning


def test_equal_ratios_that_differ_in_the_last_bit_are_tied():
    a, b = 0.1 + 0.2, 0.3
    assert a != b
    values = ranked_precision(np.array([a, b]))
    assert values[0] == values[1]
    first, second = np.array([a, 0.5, 0.7]), np.array([b, 0.4, 0.9])
    exact = mann_whitney_u(np.array([b, 0.5, 0.7]), second)
    assert mann_whitney_u(first, second) == exact


@settings(max_examples=50, deadline=None)
@given(readings, readings)
def test_swapping_the_groups_changes_only_the_sign_of_t(first, second):
    a, b = np.array(first, dtype=float), np.array(second, dtype=float)
    for test in (student_t, welch_t):
        one, other = test(a, b), test(b, a)
        assert one.statistic == pytest.approx(-other.statistic, nan_ok=True)
        assert one.p_value == pytest.approx(other.p_value, nan_ok=True)
    one, other = mann_whitney_u(a, b), mann_whitney_u(b, a)
    assert one.statistic == pytest.approx(other.statistic, nan_ok=True)
    assert np.isnan(one.statistic) or one.statistic <= len(a) * len(b) / 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-5, 5), max_size=4), st.lists(st.floats(-5, 5), max_size=4))
def test_a_missing_p_value_always_has_a_reason(first, second):
    a, b = np.array(first, dtype=float), np.array(second, dtype=float)
    for test in (student_t(a, b), welch_t(a, b), mann_whitney_u(a, b)):
        assert np.isfinite(test.p_value) or test.warning.startswith(("not tested", "a group"))


def test_constant_groups_are_compared_only_when_there_is_a_variance():
    flat, other = np.full(4, 0.1), np.full(4, 0.1) * 3
    assert student_t(flat, flat).warning == "not tested: every value is 0.1"
    assert student_t(flat, other).warning.startswith("not tested: both groups are constant")
    half = student_t(flat, np.array([0.1, 0.2, 0.4, 0.5]))
    assert np.isfinite(half.p_value)
    assert half.warning == "one group is constant"


def test_text_that_is_no_number_is_a_loud_error():
    with pytest.raises(ValueError, match="high"):
        numbers(pd.Series(["1", "high"]))
