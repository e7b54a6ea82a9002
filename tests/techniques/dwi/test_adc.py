"""The ADC of signals: an independent program's, the standard's phantom, and what noise does."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from bonecohort.techniques.dwi.adc import adc_map, fit_adc


@pytest.fixture(scope="module")
def tissues(fixtures):
    """Signals of tissues at b values, by OSIPI."""
    return json.loads((fixtures / "osipi_generic.json").read_text())


OSIPI_B = (0, 1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 250, 350, 400, 550, 700, 850, 1000)


def test_adc_are_those_of_another_program(fixtures, tissues):
    """Numpy.polyfit with weights S, to five digits."""
    with (fixtures / "adc_oracle.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 70
    for row in rows:
        chosen = np.array([int(part) for part in row["b_set"].split("-")], dtype=float)
        signals = np.array(tissues[row["tissue"]]["data"])[[OSIPI_B.index(b) for b in chosen]]
        found = 1000 * fit_adc(chosen, signals).d_mm2_s
        assert found == pytest.approx(float(row["adc_1e-3_mm2_s"]), abs=1e-5)


def test_two_b_values_give_the_difference_of_logarithms():
    fit = fit_adc(np.array([50.0, 800.0]), np.array([431.0, 207.0]))
    assert fit.d_mm2_s == pytest.approx(np.log(431 / 207) / 750, rel=1e-12)
    assert fit.r_squared == pytest.approx(1)
    assert fit.s0 == pytest.approx(431 * np.exp(50 * fit.d_mm2_s))


def test_water_at_0_degrees():
    """1.109e-3 mm²/s, of the QIBA phantom, at b 0, 500, 900."""
    b = np.array([0.0, 500.0, 900.0])
    assert fit_adc(b, 900 * np.exp(-b * 1.109e-3)).d_mm2_s == pytest.approx(1.109e-3, rel=1e-9)


def test_an_unweighted_fit_differs():
    """Weights matter where the signal is no single exponential: they favour the high signals."""
    b, signals = np.array([0.0, 400.0, 800.0]), np.array([1.0, 0.6, 0.5])
    plain = -np.polyfit(b, np.log(signals), 1)[0]
    assert fit_adc(b, signals).d_mm2_s > 1.05 * plain


def test_a_map_has_each_voxels_fit_and_nothing_without_signal():
    rng = np.random.default_rng(3)
    b = np.array([0.0, 400.0, 800.0])
    truth = rng.uniform(0.1, 3.0, (40, 50, 40)) / 1000  # more than one chunk
    signals = [500 * np.exp(-one * truth) * rng.uniform(0.95, 1.05, truth.shape) for one in b]
    signals[2][0, 0, 0], signals[1][1, 0, 0], signals[0][2, 0, 0] = 0, -1, np.nan
    found = adc_map(b, signals)
    assert np.argwhere(np.isnan(found)).tolist() == [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
    for place in ((3, 0, 0), (20, 30, 10), (39, 49, 39)):
        alone = fit_adc(b, np.array([one[place] for one in signals]))
        assert found[place] == pytest.approx(alone.d_mm2_s, rel=1e-5)


@pytest.mark.parametrize(
    ("snr_at_b800", "voxelwise", "of_means"), [(10, 0.493, 0.496), (5, 0.471, 0.485),
                                               (3, 0.422, 0.460)],
)  # fmt: skip
def test_noise_lowers_the_fit_of_voxels_more_than_that_of_means(snr_at_b800, voxelwise, of_means):
    """Rician noise, b 0, 400, 800 and ADC 0.5: the numbers of another program."""
    rng = np.random.default_rng(1)
    b, n = np.array([0.0, 400.0, 800.0]), 400_000
    clean = 100 * np.exp(-b * 0.5e-3)
    sigma = clean[2] / snr_at_b800
    signals = [np.hypot(one + rng.normal(0, sigma, n), rng.normal(0, sigma, n)) for one in clean]
    mean_of_voxels = 1000 * float(adc_map(b, signals).mean())
    of_mean = 1000 * fit_adc(b, np.array([one.mean() for one in signals])).d_mm2_s
    assert mean_of_voxels == pytest.approx(voxelwise, abs=0.004)
    assert of_mean == pytest.approx(of_means, abs=0.004)
