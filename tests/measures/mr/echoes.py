"""Echoes of tissues of known water, fat, R2* and field, summed line by line of their spectrum."""

from __future__ import annotations

import cmath
import math

import numpy as np

LINES_PPM = {0.9: 0.087, 1.3: 0.693, 2.1: 0.128, 2.76: 0.004, 4.31: 0.039, 5.3: 0.048}
"""Chemical shift of each line of fat, of which Hamilton 2011 has the amplitudes."""
WATER_PPM = 4.7
TIMES_MS = (1.15, 2.15, 3.15, 4.15, 5.15, 6.15)
TIMES_AT_1_5T_MS = (1.3, 3.3, 5.3, 7.3, 9.3, 11.3)
AT_3T, AT_1_5T = 123.25, 63.87


def echo(time_ms, percent, r2star, field_hz, f0_mhz):
    """Return one echo of a tissue with a density of 1, field in Hz."""
    lines = {WATER_PPM: 1 - percent / 100}
    total = math.fsum(LINES_PPM.values())
    for ppm, share in LINES_PPM.items():
        lines[ppm] = share / total * percent / 100
    seconds = time_ms / 1000
    signal = sum(
        share * cmath.exp(2j * math.pi * ((ppm - WATER_PPM) * f0_mhz + field_hz) * seconds)
        for ppm, share in lines.items()
    )
    return signal * math.exp(-r2star * seconds)


def echoes(percent, r2star, field_hz, *, f0_mhz=AT_3T, times_ms=TIMES_MS, phase=0.7):
    """Return the echoes of one tissue, shape (n,), with a phase that all have in common."""
    found = [echo(time, percent, r2star, field_hz, f0_mhz) for time in times_ms]
    return np.array(found) * cmath.exp(1j * phase)


def with_noise(signals, sd, seed):
    """Return signals with noise of an SD in the real and in the imaginary part."""
    rng = np.random.default_rng(seed)
    real, imaginary = (rng.standard_normal(signals.shape) for _ in range(2))
    return signals + sd * (real + 1j * imaginary)
