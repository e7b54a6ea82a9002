from __future__ import annotations

import numpy as np
import pytest

from bonecohort.statistics.planning import power
from bonecohort.statistics.planning.sample_size import shared_variance


@pytest.mark.parametrize(
    ("odds_ratio", "share", "level", "size"),
    [(np.exp(0.405), 0.5, 0.95, 317), (1.5, 0.2, 0.8, 299), (0.7, 0.35, 0.9, 364)],
)
def test_continuous_terms_need_what_powermediation_says(odds_ratio, share, level, size):
    """R's powerMediation, SSizeLogisticCon; the first is Hsieh, Bloch and Larsen's own example."""
    assert np.ceil(power.hsieh_continuous_size(odds_ratio, share, 0.05, level)) == size


@pytest.mark.parametrize(
    ("unexposed", "exposed", "level", "size"),
    [(0.4, 0.5, 0.95, 1281), (0.2, 0.3, 0.8, 587), (0.54, 0.64, 0.8, 758)],
)
def test_binary_terms_need_what_powermediation_says(unexposed, exposed, level, size):
    """R's powerMediation, SSizeLogisticBin, half of the sample exposed."""
    odds_ratio = exposed / (1 - exposed) * (1 - unexposed) / unexposed
    assert np.ceil(power.hsieh_binary_size(odds_ratio, unexposed, 0.5, 0.05, level)) == size


def test_the_smallest_odds_ratio_is_the_one_the_size_was_computed_for():
    size = power.hsieh_continuous_size(1.7, 0.3, 0.05, 0.8, shared_variance=0.4)
    found = power.hsieh_smallest_odds_ratio(size, 0.3, 0.05, 0.8, shared_variance=0.4)
    assert found == pytest.approx(1.7, rel=1e-12)


def test_without_a_difference_the_power_is_the_level():
    assert power.two_sample_t_power(0, 20, 30, 0.05) == pytest.approx(0.05, rel=1e-12)


def test_cohens_table_of_two_means():
    """Cohen 1988, table 2.4.1: d = 0.5, two-sided 5%, power 80% needs 64 a group."""
    assert np.ceil(power.two_sample_t_size(0.5, 0.05, 0.8)) == 64


def test_the_size_for_a_prevalence_has_the_wanted_width():
    size = power.prevalence_size(0.18, 0.04)
    assert power.wilson_half_width(0.18, size) == pytest.approx(0.04, rel=1e-9)


def test_ten_events_per_variable_count_the_rarer_outcome():
    assert power.events_per_variable_size(5, 0.2, 10) == 250
    assert power.events_per_variable_size(5, 0.8, 10) == pytest.approx(250)


def test_groups_too_small_for_a_test_have_no_smallest_difference():
    assert np.isnan(power.smallest_difference_sd(0, 50, 0.05, 0.8))
    assert np.isnan(power.smallest_difference_sd(1, 1, 0.05, 0.8))


def test_shared_variance_is_the_squared_correlation_of_two_terms():
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(50, 2)) @ np.array([[1, 0.6], [0, 1]])
    expected = np.corrcoef(columns.T)[0, 1] ** 2
    assert shared_variance(columns, 0) == pytest.approx(expected, rel=1e-9)
    assert shared_variance(columns[:, :1], 0) == 0
