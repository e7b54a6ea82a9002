"""Water, fat and R2* of magnitudes alone: the truth of signals made by another formula."""

from __future__ import annotations

import csv
import itertools

import numpy as np
import pytest

from bonecohort.faults import DataFault
from bonecohort.measures.mr.water_fat.magnitude import (
    air_noise_power,
    fit_magnitudes,
    region_magnitudes,
)
from bonecohort.measures.mr.water_fat.signal import (
    LIVER,
    MARROW,
    WATER_PPM,
    Echoes,
    triglyceride_peaks,
)
from tests.measures.mr.echoes import AT_1_5T, AT_3T, echoes, with_noise

PERCENT = (5, 10, 20, 30, 40, 45, 50, 55, 60, 70, 80, 90, 95)
R2STAR = (30, 100, 200)
SEQUENCES = {
    "3 T, the first echo near opposed phase": (AT_3T, 1.15, 1.0),
    "3 T, wide": (AT_3T, 1.1, 2.2),
    "3 T, dense": (AT_3T, 1.2, 0.8),
    "1.5 T": (AT_1_5T, 1.3, 2.0),
    "1.5 T, opposed and in phase": (AT_1_5T, 2.3, 2.3),
    "1.5 T, wide": (AT_1_5T, 1.5, 3.0),
}
COUNTS = (4, 5, 6, 7, 8)
NOISE = 1 / 60


def sequence(name, count):
    """Return the frequency in MHz and the times in ms."""
    f0_mhz, first, step = SEQUENCES[name]
    return f0_mhz, first + step * np.arange(count)


def model(f0_mhz, times_ms, spectrum=LIVER):
    return Echoes(np.array(times_ms) / 1000, f0_mhz, spectrum)


def magnitudes(percent, r2star, f0_mhz, times_ms):
    return np.abs(echoes(percent, r2star, 37.0, f0_mhz=f0_mhz, times_ms=times_ms))


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("count", COUNTS)
def test_magnitudes_without_noise_give_the_truth(name, count):
    f0_mhz, times = sequence(name, count)
    for percent, r2star in itertools.product(PERCENT, R2STAR):
        fit = fit_magnitudes(800 * magnitudes(percent, r2star, f0_mhz, times), model(f0_mhz, times))
        assert fit.percent == pytest.approx(percent, abs=0.01)
        assert fit.r2star == pytest.approx(r2star, abs=0.05)
        assert fit.residual < 1e-4


@pytest.mark.parametrize("name", SEQUENCES)
def test_no_three_magnitudes_are_wrong_without_being_ambiguous(name):
    """They are as many numbers as are fitted: the job refuses them."""
    f0_mhz, times = sequence(name, 3)
    for percent, r2star in itertools.product(PERCENT, R2STAR):
        fit = fit_magnitudes(magnitudes(percent, r2star, f0_mhz, times), model(f0_mhz, times))
        assert fit.is_ambiguous or fit.percent == pytest.approx(percent, abs=1)


def region(percent, r2star, f0_mhz, times_ms, *, seed, voxels=300):
    """Return magnitudes of voxels of an SNR of 60, shape (voxels, n)."""
    one = echoes(percent, r2star, 37.0, f0_mhz=f0_mhz, times_ms=times_ms)
    return np.abs(with_noise(np.tile(one, (voxels, 1)), NOISE, seed))


@pytest.mark.parametrize(
    "name", ["3 T, the first echo near opposed phase", "1.5 T, opposed and in phase"]
)
def test_regions_of_an_snr_of_60_give_the_truth(name):
    f0_mhz, times = sequence(name, 6)
    cases = itertools.product((10, 20, 35, 45, 50, 60, 70, 80), (60, 150))
    for seed, (percent, r2star) in enumerate(cases):
        voxels = region(percent, r2star, f0_mhz, times, seed=seed)
        fit = fit_magnitudes(region_magnitudes(voxels, 2 * NOISE**2), model(f0_mhz, times))
        assert fit.percent == pytest.approx(percent, abs=0.5)
        assert fit.r2star == pytest.approx(r2star, abs=6)
        assert not fit.is_ambiguous


def test_noise_is_taken_from_the_mean_square():
    """R2* of 300 1/s: the last echoes are near the noise, whose floor would lower R2*."""
    f0_mhz, times = sequence("1.5 T", 8)
    voxels = region(40, 300, f0_mhz, times, seed=5, voxels=4000)
    used = model(f0_mhz, times)
    with_floor = fit_magnitudes(region_magnitudes(voxels), used)
    without = fit_magnitudes(region_magnitudes(voxels, 2 * NOISE**2), used)
    assert without.r2star == pytest.approx(300, abs=6)
    assert abs(with_floor.r2star - 300) > 2 * abs(without.r2star - 300)


def body_in_air(coils=1):
    """Return a block of tissue in air, seen by coils whose squares are summed; SNR near 60."""
    shape = (40, 40, 8)
    inside = np.zeros(shape)
    inside[12:28, 12:28] = 1
    one = echoes(40, 90, 10)
    power = [np.abs(with_noise(inside[..., None] * one, NOISE, seed)) ** 2 for seed in range(coils)]
    return np.sqrt(np.sum(power, axis=0))


@pytest.mark.parametrize("coils", [1, 4])
def test_the_noise_of_air_is_that_of_every_coil(coils):
    assert air_noise_power(body_in_air(coils)) == pytest.approx(2 * coils * NOISE**2, rel=0.02)


def test_noise_is_not_known_without_air_or_where_air_is_set_to_0_or_signals():
    found = body_in_air()
    assert air_noise_power(found[12:28, 12:28]) == 0
    assert air_noise_power(np.where(found < 0.2, 0, found)) == 0
    assert air_noise_power(found * np.linspace(1, 0.5, 6)) == 0


def test_signals_of_another_program(fixtures):
    """The magnitudes of its signals without noise."""
    with (fixtures / "roi_signals.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    checked = 0
    for case in {row["case"] for row in rows if float(row["noise_sd"]) == 0}:
        own = [row for row in rows if row["case"] == case]
        signal = np.array([abs(complex(float(row["real"]), float(row["imag"]))) for row in own])
        times = [float(row["te_ms"]) for row in own]
        fit = fit_magnitudes(signal, model(float(own[0]["f0_mhz"]), times))
        assert fit.percent == pytest.approx(float(own[0]["pdff_percent"]), abs=0.1), case
        assert fit.r2star == pytest.approx(float(own[0]["r2star_1_s"]), abs=1), case
        checked += 1
    assert checked >= 8


def test_echoes_without_signal_are_refused():
    with pytest.raises(DataFault, match="hold no signal above the noise"):
        fit_magnitudes(np.zeros(6), model(AT_3T, (1, 2, 3, 4, 5, 6)))


def test_the_peaks_of_a_triglyceride_are_its_protons():
    """Tripalmitin has 98 of them; the shifts of the six peaks are among those of the ten."""
    assert sum(triglyceride_peaks(16, 0, 0).values()) == pytest.approx(98)
    assert sum(MARROW.amplitudes) == pytest.approx(6 * 17.4 + 2 - 2 * 2.95)
    assert np.array(MARROW.shifts_ppm) + WATER_PPM == pytest.approx(
        [0.9, 1.3, 1.59, 2.03, 2.25, 2.77, 4.1, 4.3, 5.21, 5.31]
    )


def test_signals_of_the_peaks_of_marrow_need_these():
    """A triglyceride summed line by line; the peaks of liver are 1 to 4 points away from it."""
    f0_mhz, times = sequence("3 T, the first echo near opposed phase", 6)
    peaks = {0.9: 9, 1.3: 58.68, 1.59: 6, 2.03: 8.04, 2.25: 6, 2.77: 1.88, 4.1: 2, 4.3: 2,
             5.21: 1, 5.31: 5.9}  # fmt: skip
    seconds = times / 1000
    fat = sum(
        share / 100.5 * np.exp(2j * np.pi * (ppm - 4.7) * f0_mhz * seconds)
        for ppm, share in peaks.items()
    )
    for percent in (20, 45, 70):
        signal = (1 - percent / 100 + percent / 100 * fat) * np.exp(-90 * seconds)
        right = fit_magnitudes(np.abs(signal), model(f0_mhz, times, MARROW))
        other = fit_magnitudes(np.abs(signal), model(f0_mhz, times, LIVER))
        assert right.percent == pytest.approx(percent, abs=0.01)
        assert 1 < abs(other.percent - percent) < 4
