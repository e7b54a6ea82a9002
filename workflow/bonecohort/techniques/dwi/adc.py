"""The apparent diffusion coefficient: a line through the logarithms of signals, weighted.

It fits ln S = ln S0 - b D by least squares with weights S². The variance of ln S is σ²/S² (Salvador
2005, doi:10.1002/hbm.20076; Veraart 2013, doi:10.1016/j.neuroimage.2013.05.028).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

TO_SHOWN = 1000.0
"""From mm²/s to the unit that is shown, 10⁻³ mm²/s."""
CHUNK = 65_536
"""Voxels fitted at a time: what their sums need stays in the processor's cache."""
PERFECT = 1e-12


@dataclass(frozen=True)
class AdcFit:
    """The line of one region: D in mm²/s, S0, and the share of weighted variance it explains."""

    d_mm2_s: float
    s0: float
    r_squared: float


def fit_adc(b_values: FloatArray, signals: FloatArray) -> AdcFit:
    """Fit the signals of one region.

    Parameters
    ----------
    b_values
        s/mm², at least two distinct ones, shape (n,).
    signals
        Above 0, shape (n,).
    """
    weights, logarithms = signals**2, np.log(signals)
    total = weights.sum()
    b_mean, log_mean = weights @ b_values / total, weights @ logarithms / total
    b_apart, log_apart = b_values - b_mean, logarithms - log_mean
    slope = (weights * b_apart) @ log_apart / ((weights * b_apart) @ b_apart)
    rest = weights @ (log_apart - slope * b_apart) ** 2
    spread = weights @ log_apart**2
    explained = 1.0 if spread <= PERFECT * total else 1 - rest / spread
    return AdcFit(float(-slope), float(np.exp(log_mean - slope * b_mean)), float(explained))


def adc_map(b_values: FloatArray, signals: Sequence[NDArray[np.floating]]) -> NDArray[np.float32]:
    """Fit every voxel.

    Parameters
    ----------
    b_values
        s/mm², at least two distinct ones, shape (n,).
    signals
        One array a b value, all of one shape.

    Returns
    -------
    NDArray
        D in mm²/s, of that shape; NaN where a signal is 0, negative or no number.
    """
    flat = [np.ascontiguousarray(one).reshape(-1) for one in signals]
    result = np.empty(flat[0].size, dtype=np.float32)
    for start in range(0, result.size, CHUNK):
        stop = start + CHUNK
        result[start:stop] = _fit_voxels(b_values, [one[start:stop] for one in flat])
    return result.reshape(signals[0].shape)


@np.errstate(divide="ignore", invalid="ignore")  # of signals without logarithm: NaN, as promised
def _fit_voxels(b_values: FloatArray, signals: list[NDArray[np.floating]]) -> FloatArray:
    """Return D by the closed form -(Σw·Σwby - Σwb·Σwy) / (Σw·Σwb² - (Σwb)²).

    b values are taken from their middle, where the sums keep their digits.
    """
    size = signals[0].size
    w, wb, wbb, wy, wby = (np.zeros(size) for _ in range(5))
    for b_value, signal in zip(b_values - b_values.mean(), signals, strict=True):
        own = signal.astype(np.float64)
        own[own <= 0] = np.nan
        weight = own * own
        weighted = weight * np.log(own)
        w += weight
        wb += b_value * weight
        wbb += b_value**2 * weight
        wy += weighted
        wby += b_value * weighted
    d: FloatArray = -(w * wby - wb * wy) / (w * wbb - wb * wb)
    return d
