"""The fit of one exponential, in noise whose SD is known, and which echoes are in phase."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rice

from bonecohort.faults import DataFault
from bonecohort.techniques.t2.decay import fit_decay, magnitude
from bonecohort.techniques.t2.in_phase import check_in_phase, in_phase

ECHO_MS = np.arange(12.0, 97.0, 12.0)


def test_an_exact_decay_is_found():
    fit = fit_decay(ECHO_MS, 700 * np.exp(-ECHO_MS / 83.0))
    assert fit.time_ms == pytest.approx(83.0, rel=1e-6)
    assert fit.s0 == pytest.approx(700, rel=1e-6)
    assert fit.r_squared == pytest.approx(1)


def test_the_fit_is_that_of_the_signals_not_of_their_logarithms():
    """The least squares of a noisy decay by a search over T2, S0 solved at each."""
    rng = np.random.default_rng(5)
    signals = 500 * np.exp(-ECHO_MS / 60) + rng.normal(0, 12, len(ECHO_MS))
    tried = np.arange(40, 90, 0.001)
    curves = np.exp(-ECHO_MS[None] / tried[:, None])
    s0 = (curves @ signals) / (curves**2).sum(axis=1)
    cost = ((s0[:, None] * curves - signals) ** 2).sum(axis=1)
    assert fit_decay(ECHO_MS, signals).time_ms == pytest.approx(tried[cost.argmin()], abs=0.002)


@pytest.mark.parametrize(
    ("echo_ms", "signals", "told"),
    [
        (ECHO_MS, np.exp(ECHO_MS / 60), "does not fall"),
        (ECHO_MS / 8, np.exp(-ECHO_MS / 8 / 60), "span 10.5 ms; at least half of the T2"),
        (ECHO_MS, np.where(ECHO_MS > 90, 0, np.exp(-ECHO_MS / 60)), "echo at 96 ms has no signal"),
    ],
)
def test_what_gives_no_t2_is_refused(echo_ms, signals, told):
    with pytest.raises(DataFault, match=told):
        fit_decay(echo_ms, signals)


@pytest.mark.parametrize("signal", [0.0, 0.3, 1.0, 2.5, 10.0, 1e4])
def test_the_mean_magnitude_is_that_of_a_rician_distribution(signal):
    """Against the Rician distribution of scipy, which sums a hypergeometric series."""
    expected = rice.mean(min(signal / 20, 30.0), scale=20.0) if signal < 1e3 else signal + 0.02
    assert magnitude(np.array([signal]), 20.0)[0] == pytest.approx(expected, rel=1e-6)
    assert magnitude(np.array([signal]), 0.0)[0] == signal


def test_noise_that_lifts_late_echoes_is_taken_out():
    """Magnitudes of many voxels with complex noise: S0 is 12 times the SD, the last echo 1.1."""
    rng = np.random.default_rng(8)
    true = 120 * np.exp(-ECHO_MS / 40)
    noise = rng.normal(0, 10, (2, 200_000, len(ECHO_MS)))
    signals = np.hypot(true + noise[0], noise[1]).mean(axis=0)
    assert fit_decay(ECHO_MS, signals).time_ms > 1.05 * 40
    assert fit_decay(ECHO_MS, signals, noise_sd=10).time_ms == pytest.approx(40, rel=0.01)


@pytest.mark.parametrize(
    ("water_mhz", "times_ms", "expected"),
    [
        (127.73, [1.15, 2.3, 3.45, 4.6, 5.75, 6.9], [0, 1, 0, 1, 0, 1]),
        (123.25, [2.3, 4.6, 6.9], [1, 1, 1]),  # a field of 2.89 T: 39° off at the third
        (123.25, [2.46, 4.92, 7.38], [1, 1, 1]),  # the times of a scanner that takes 3.3 ppm
        (63.87, [2.3, 4.6, 6.9, 9.2, 11.5, 13.8], [0, 1, 0, 1, 0, 1]),
        (127.73, [0.1, 2.0, 2.65, 2.62], [0, 0, 0, 0]),  # the first holds no whole turn
        (127.73, [2.02, 2.59], [1, 1]),
    ],
)
def test_echoes_in_phase_are_whole_turns_of_the_main_peak_of_fat(water_mhz, times_ms, expected):
    found = in_phase(np.array(times_ms), water_mhz)
    assert found.astype(int).tolist() == expected


def test_too_few_echoes_in_phase_are_refused_with_the_times_that_would_be():
    times_ms = np.array([1.15, 2.3, 3.45, 4.6])
    told = (
        "T2* needs 3 echoes where water and fat are in phase; 2 of those at 1.15, 2.3, 3.45, 4.6 "
        "ms are. At 127.7 MHz they are in phase at 2.3, 4.61, 6.91 ms and so on. Write t2.t2star: "
        "no where T2* is not wanted."
    )
    with pytest.raises(DataFault) as fault:
        check_in_phase(times_ms, in_phase(times_ms, 127.73), 127.73)
    assert fault.value.reason == told
