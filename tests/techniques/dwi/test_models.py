"""IVIM and kurtosis: OSIPI's tissues, exact signals, and what is not reported."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.optimize import curve_fit

from bonecohort.faults import DataFault
from bonecohort.techniques.dwi.ivim import fit_ivim, suits_ivim
from bonecohort.techniques.dwi.kurtosis import fit_kurtosis, suits_kurtosis
from tests.techniques.dwi.test_adc import OSIPI_B

B = np.array(OSIPI_B, dtype=float)


def ivim_signal(b, f, d, dstar):
    return f * np.exp(-b * dstar) + (1 - f) * np.exp(-b * d)


NOISY_DSTAR = {"pancreas": 0.031, "Right kydney cortex": 0.023, "pericardium": 0.016}
"""Whose least-squares optimum lies that far from the truth, as share of D*."""


def test_osipi_s_tissues_are_recovered(fixtures):
    tissues = json.loads((fixtures / "osipi_generic.json").read_text())
    assert tissues.pop("config")["bvalues"] == B.tolist()
    assert len(tissues) == 14
    for name, tissue in tissues.items():
        found = fit_ivim(B, 700 * np.array(tissue["data"]))
        assert round(1000 * abs(found.d_mm2_s - tissue["D"]), 3) <= 0.011
        assert round(abs(found.f - tissue["f"]), 3) <= 0.004
        largest = NOISY_DSTAR.get(name, 0.012)
        assert found.dstar_mm2_s == pytest.approx(tissue["Dp"], rel=largest)


def test_the_fit_is_the_optimum_that_another_program_finds_from_the_truth(fixtures):
    """Levenberg-Marquardt without bounds, which starts at the truth."""
    tissues = json.loads((fixtures / "osipi_generic.json").read_text())
    del tissues["config"]

    def model(b, s0, d, f, dstar):
        return s0 * ivim_signal(b, f, d / 1000, dstar)

    for tissue in tissues.values():
        start = (1.0, 1000 * tissue["D"], tissue["f"], tissue["Dp"])
        (_, d, f, dstar), _ = curve_fit(model, B, tissue["data"], start, xtol=1e-12, ftol=1e-12)
        found = fit_ivim(B, np.array(tissue["data"]))
        assert 1000 * found.d_mm2_s == pytest.approx(d, rel=1e-4)
        assert found.f == pytest.approx(f, rel=1e-3)
        assert found.dstar_mm2_s == pytest.approx(dstar, rel=1e-3)


@pytest.mark.parametrize(("f", "dstar"), [(0.145, 0.05), (0.10, 0.02), (0.3, 0.1)])
def test_exact_signals_give_exact_parameters(f, dstar):
    found = fit_ivim(B, 300 * ivim_signal(B, f, 0.43e-3, dstar))
    assert found.f == pytest.approx(f, abs=1e-4)
    assert found.d_mm2_s == pytest.approx(0.43e-3, rel=1e-3)
    assert found.dstar_mm2_s == pytest.approx(dstar, rel=1e-2)


def test_dstar_is_not_told_where_there_is_hardly_any_perfusion():
    found = fit_ivim(B, 300 * ivim_signal(B, 0.01, 0.43e-3, 0.05))
    assert found.dstar_mm2_s is None
    assert found.reason == "f is 1.0%, below 3%"
    assert found.d_mm2_s == pytest.approx(0.43e-3, rel=0.01)


def test_dstar_is_not_told_at_the_end_of_its_range():
    found = fit_ivim(B, 300 * ivim_signal(B, 0.2, 0.43e-3, 3.0))
    assert found.dstar_mm2_s is None
    assert "end of its range" in found.reason


@pytest.mark.parametrize(
    ("b_values", "suits"),
    [
        (OSIPI_B, True),
        ((0, 20, 50, 100, 200, 400, 600, 800), True),
        ((0, 50, 100, 200, 400, 600, 800), False),  # three below 200
        ((0, 20, 50, 100, 200, 300, 400, 450), False),  # none reaches 500
        ((10, 20, 50, 100, 200, 400, 600, 800), False),  # no b 0
        ((0, 20, 50, 100, 150, 400, 600, 800), False),  # three from 200
    ],
)
def test_ivim_needs_its_b_values(b_values, suits):
    assert suits_ivim(np.array(b_values, dtype=float)) is suits


def kurtosis_signal(b, d, k):
    return 400 * np.exp(-b * d + b**2 * d**2 * k / 6)


@pytest.mark.parametrize(("d", "k"), [(0.5e-3, 1.0), (1.1e-3, 0.7), (0.43e-3, 0.0)])
def test_kurtosis_is_exact_without_noise(d, k):
    b = np.array([0.0, 500.0, 1000.0, 1500.0, 2000.0])
    found = fit_kurtosis(b, kurtosis_signal(b, d, k))
    assert found.d_mm2_s == pytest.approx(d, rel=1e-9)
    assert found.k == pytest.approx(k, abs=1e-6)
    assert found.n_left_out == 0


def test_b_values_beyond_the_model_are_left_out():
    """Beyond 3 / (D K) = 3000 the parabola rises; a real signal still falls there."""
    b = np.array([0.0, 500.0, 1000.0, 1500.0, 2000.0, 5000.0])
    signals = kurtosis_signal(b, 1.0e-3, 1.0)
    signals[-1] = signals[-2] * 0.7
    found = fit_kurtosis(b, signals)
    assert found.n_left_out == 1
    assert found.d_mm2_s == pytest.approx(1.0e-3, rel=1e-9)
    assert found.k == pytest.approx(1.0, rel=1e-9)
    assert found.b_values.tolist() == [0, 500, 1000, 1500, 2000]


@pytest.mark.parametrize(
    ("signals", "told"),
    [
        ((400, 410, 420, 430, 440), r"D -0\..*above 0 is possible"),
        ((400, 300, 200, 100, 30), r"K -.*0 to 3 is possible"),
    ],
)
def test_an_impossible_kurtosis_is_refused(signals, told):
    b = np.array([0.0, 500.0, 1000.0, 1500.0, 2000.0])
    with pytest.raises(DataFault, match=told):
        fit_kurtosis(b, np.array(signals, dtype=float))


@pytest.mark.parametrize(
    ("b_values", "suits"),
    [((0, 500, 1000, 1500), True), ((0, 500, 1000), False), ((0, 400, 600, 800), False)],
)
def test_kurtosis_needs_its_b_values(b_values, suits):
    assert suits_kurtosis(np.array(b_values, dtype=float)) is suits
