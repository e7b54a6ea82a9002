"""Quantiles are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest

from bonecohort.images.quantiles import median, quantiles

SHARES = [0.0, 0.01, 0.5, 0.75, 0.99, 1.0]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 1001])
def test_quantiles_and_median_are_those_of_numpy(count):
    values = np.random.default_rng(count).normal(-100, 300, count)
    assert quantiles(values, SHARES) == pytest.approx(np.quantile(values, SHARES), abs=1e-9)
    assert median(values) == pytest.approx(np.median(values), abs=1e-9)
