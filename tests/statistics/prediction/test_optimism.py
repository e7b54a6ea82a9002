from __future__ import annotations

import numpy as np
import pytest

from bonecohort.statistics.prediction.optimism import bootstrap_optimism, optimism_of_counts


def noise(n: int, terms: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    return rng.normal(size=(n, terms)), rng.random(n) < 0.5


def test_a_model_of_noise_is_all_optimism():
    columns, events = noise(80, 6)
    found = bootstrap_optimism(columns, events, 100, seed=1)
    assert found.resamples == 100
    assert found.auc > 0.08
    assert found.slope > 0.4


def test_optimism_shrinks_with_the_sample():
    small, large = (bootstrap_optimism(*noise(n, 3), 50, seed=1) for n in (60, 3000))
    assert large.auc < small.auc / 3


def test_the_data_themselves_as_a_resample_have_no_optimism():
    columns, events = noise(90, 2)
    columns[:, 1] = columns[:, 1].round()  # ties
    found = optimism_of_counts(columns, events, np.ones((1, 90)))
    assert found.auc == pytest.approx(0, abs=1e-12)
    assert found.slope == pytest.approx(0, abs=1e-8)


def test_resamples_without_an_estimate_are_left_out_and_counted():
    columns, events = noise(40, 1)
    counts = np.ones((4, 40))
    counts[1] = events  # events only
    counts[2] = np.where(events, columns[:, 0] > 0, columns[:, 0] < 0)  # separated
    found = optimism_of_counts(columns, events, counts)
    assert found.resamples == 2
    assert "2 of 4 resamples" in found.warning


def test_slopes_that_vary_wildly_are_called_unstable():
    columns, events = noise(60, 1)
    found = bootstrap_optimism(columns, events, 200, seed=2)
    assert "unstable" in found.warning
