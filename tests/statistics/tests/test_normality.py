from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bonecohort.statistics.tests.normality import (
    MODIFIED_TAIL,
    lilliefors,
    lilliefors_p_value,
    normality_test,
)

SIMULATIONS = 20_000
SIMULATION_ERROR = 0.008


def simulated_distances(n: int) -> np.ndarray:
    samples = np.sort(np.random.default_rng(n).standard_normal((SIMULATIONS, n)), axis=1)
    centred = samples - samples.mean(axis=1, keepdims=True)
    cumulative = stats.norm.cdf(centred / samples.std(axis=1, ddof=1, keepdims=True))
    above = np.arange(1, n + 1) / n - cumulative
    return np.maximum(above.max(axis=1), (cumulative - np.arange(n) / n).max(axis=1))


@pytest.mark.parametrize("n", [50, 104, 130])
@pytest.mark.parametrize("p_value", [0.01, 0.05, 0.09, 0.2, 0.5])
def test_lilliefors_p_is_that_of_simulation(n: int, p_value: float):
    distance = np.quantile(simulated_distances(n), 1 - p_value)
    error = max(SIMULATION_ERROR, 0.03 * p_value)
    assert lilliefors_p_value(float(distance), n) == pytest.approx(p_value, abs=error)


def test_group_on_which_a_table_interpolated_in_n_errs_is_rejected(table_study):
    """Weight without defect: simulation gives 0.0437, linear interpolation in n 0.0625."""
    people = table_study[0]
    weight = people.loc[people["endplate_defect"] == "no", "weight_kg"].to_numpy()
    found = lilliefors(weight)
    simulated = float((simulated_distances(weight.size) >= found.statistic).mean())
    assert found.p_value == pytest.approx(0.0437, abs=0.001)
    assert found.p_value == pytest.approx(simulated, abs=0.005)


def test_p_falls_steadily_with_distance_across_the_two_approximations():
    p_values = [lilliefors_p_value(distance, 104) for distance in np.arange(0.02, 0.2, 0.0005)]
    assert p_values[0] == 1.0
    assert all(np.diff(p_values) <= 0)
    assert list(MODIFIED_TAIL) == sorted(MODIFIED_TAIL)


def test_fifty_values_are_enough_for_lilliefors_and_forty_nine_are_not():
    values = np.random.default_rng(1).standard_normal(50)
    assert normality_test(values).test == "lilliefors"
    assert normality_test(values[:49]).test == "shapiro_wilk"


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0] * 20, [0.1] * 60])
def test_samples_that_cannot_be_tested_say_why(values):
    result = normality_test(np.array(values, dtype=float))
    assert np.isnan(result.p_value)
    assert result.warning.startswith("not tested: ")
