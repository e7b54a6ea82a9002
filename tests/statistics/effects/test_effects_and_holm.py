"""Effect sizes and Holm's correction against published examples, and their stated reasons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bonecohort.statistics.effects.categorical import (
    categorical_smd,
    cramers_v,
    odds_ratio,
    risk_difference,
)
from bonecohort.statistics.effects.continuous import continuous_effects, hodges_lehmann
from bonecohort.statistics.tests.multiplicity import holm


@pytest.mark.parametrize(
    ("counts", "limits"),
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((10, 10, 0, 10), (0.6075, 1.0000)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ],
)
def test_risk_difference_is_method_10_of_newcombes_table(counts, limits):
    found = risk_difference(*counts)
    assert (found.ci_low, found.ci_high) == pytest.approx(limits, abs=5e-5)


def test_odds_ratio_of_an_empty_cell_adds_a_half_and_says_so():
    found = odds_ratio(np.array([[9, 5], [0, 7]]))
    assert found.estimate == pytest.approx((0.5 * 5.5) / (9.5 * 7.5))
    assert "empty cell" in found.warning


def test_tables_without_a_second_group_or_category_give_reasons():
    for effect in (odds_ratio, cramers_v, categorical_smd):
        assert effect(np.array([[3, 0], [4, 0]])).reason == "a group has no value"
        assert effect(np.array([[3, 5], [0, 0]])).reason == "every value is the same category"
    assert risk_difference(0, 0, 3, 5).reason == "a group has no value"
    apart = categorical_smd(np.array([[3, 0], [0, 5]]))
    assert apart.reason == "the groups share no category, so there is no variance"


def test_smd_of_two_categories_has_the_sign_of_the_risk_difference():
    counts = np.array([[30, 20], [12, 25]])  # 12 of 42 against 25 of 45
    first, second = 12 / 42, 25 / 45
    spread = np.sqrt((first * (1 - first) + second * (1 - second)) / 2)
    found = categorical_smd(counts)
    assert found.estimate == pytest.approx((first - second) / spread)
    assert found.ci_low < found.estimate < found.ci_high < 0
    turned = categorical_smd(counts[:, ::-1])
    assert (turned.estimate, turned.ci_low) == pytest.approx((-found.estimate, -found.ci_high))
    alike = categorical_smd(np.array([[30, 30], [11, 12]]))
    assert alike.ci_low < alike.estimate < 0 < alike.ci_high


def test_smd_of_several_categories_is_a_distance():
    two = np.array([[30, 20], [12, 25]])
    with_empty = np.vstack([two, [[0, 0]]])
    assert categorical_smd(with_empty).estimate == pytest.approx(-categorical_smd(two).estimate)
    three = np.array([[50, 30], [30, 40], [20, 40]])
    found = categorical_smd(three)
    assert found.estimate == pytest.approx(categorical_smd(three[:, ::-1]).estimate)
    assert 0 < found.ci_low < found.estimate < found.ci_high
    alike = categorical_smd(np.array([[50, 44], [30, 33], [20, 23]]))
    assert alike.ci_low == 0
    assert alike.ci_high > alike.estimate > 0


def test_limits_of_the_distance_cover_it():
    rng = np.random.default_rng(4)
    chances = np.array([[0.5, 0.4], [0.3, 0.35], [0.2, 0.25]])
    truth = categorical_smd((chances * 1_000_000).astype(np.int64)).estimate
    drawn = (
        categorical_smd(np.column_stack([rng.multinomial(100, p) for p in chances.T]))
        for _ in range(600)
    )
    covered = np.mean([found.ci_low <= truth <= found.ci_high for found in drawn])
    assert covered == pytest.approx(0.95, abs=0.03)


def test_hodges_lehmann_is_the_median_of_all_differences():
    rng = np.random.default_rng(3)
    for digits in (0, 1, 9):
        first, second = rng.normal(size=23).round(digits), rng.normal(1, 2, 31).round(digits)
        median = np.median(np.subtract.outer(first, second))
        assert hodges_lehmann(first, second).estimate == pytest.approx(median, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-5, 5), max_size=4), st.lists(st.floats(-5, 5), max_size=4))
@example([0, 1e-170], [1, 1])
@example([0, 1e-170], [0, 2e-170])
def test_a_missing_effect_or_limit_always_has_a_reason(first, second):
    for effect in continuous_effects(np.array(first), np.array(second)):
        complete = np.isfinite([effect.estimate, effect.ci_low, effect.ci_high]).all()
        assert complete != bool(effect.reason), effect


def test_holm_multiplies_step_by_step_and_never_falls():
    raw = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
    assert holm(raw) == pytest.approx([0.03, 0.06, np.nan, 0.06, 0.02], nan_ok=True)
    assert holm(np.array([0.6, 0.9])) == pytest.approx([1, 1])
    assert holm(np.array([])).size == 0
