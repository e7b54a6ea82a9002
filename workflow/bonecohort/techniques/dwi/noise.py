"""The noise of a diffusion stack, and what it leaves of the signal at the highest b value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import ndimage

from bonecohort.measures.mr.values import MAD_TO_SD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.dwi.signals import BSignals

    BoolArray = NDArray[np.bool_]

SNR_UNKNOWN = "snr_unknown"
"""Flag of values whose noise is not known."""
RAYLEIGH_MEAN = 1.2533
"""Mean of a Rayleigh distribution of scale 1, √(π/2)."""
RAYLEIGH_MEAN_TO_SD = 1.9131
RAYLEIGH_TOLERANCE = 0.1
AIR_SIGNAL, SMOOTHED = 0.1, 3
"""Air has less than this share of the marrow's signal at the lowest b value, smoothed so wide."""
AIR_APART = 3
"""Voxels between air that is looked at and tissue: ghosts and ringing."""
LEAST_AIR = 200
MOST_ZEROS = 0.05
"""Of a background that holds more, a part was set to 0."""
Origin = Literal["repeats", "background", "region"]


@dataclass(frozen=True)
class Noise:
    """SD of the noise of one image, and what it was read from."""

    sd: float
    origin: Origin


def image_noise(signals: BSignals, regions: BoolArray) -> Noise | None:
    """Return the noise of a stack, by two repeats, else by air; None where neither shows it.

    Of repeats it is the scaled median absolute deviation of their difference within the regions,
    over √2. Of air it is the mean over 1.2533 where the air's values are Rayleigh distributed, as
    those of a single coil are.

    Parameters
    ----------
    regions
        The voxels of all measured regions, shape (ni, nj, nk).
    """
    if signals.repeats is not None and regions.any():
        first, second = (one[regions].astype(np.float64) for one in signals.repeats)
        difference = first - second
        spread = float(np.median(np.abs(difference - np.median(difference))))
        if spread > 0:
            return Noise(MAD_TO_SD * spread / 2**0.5, "repeats")
    return _of_air(signals, regions)


def region_noise(values: FloatArray) -> Noise | None:
    """Return the SD of a region's signals: an upper bound, for tissue varies, too; None for 0.

    Parameters
    ----------
    values
        At the highest b value, shape (n,).
    """
    sd = float(values.std(ddof=1))
    return Noise(sd, "region") if sd > 0 else None


def _of_air(signals: BSignals, regions: BoolArray) -> Noise | None:
    lowest, highest = signals.images.array[..., 0], signals.images.array[..., -1]
    known = lowest[regions & np.isfinite(lowest)]
    if not len(known):
        return None
    marrow = float(np.median(known))
    smooth = ndimage.uniform_filter(np.nan_to_num(lowest).astype(np.float64), SMOOTHED)
    tissue = smooth > AIR_SIGNAL * marrow
    air = ~ndimage.binary_dilation(tissue, iterations=AIR_APART) & np.isfinite(highest)
    values = np.asarray(highest[air], dtype=np.float64)
    if len(values) < LEAST_AIR or (values == 0).mean() > MOST_ZEROS:
        return None
    mean, sd = float(values.mean()), float(values.std())
    if not sd or abs(mean / sd / RAYLEIGH_MEAN_TO_SD - 1) > RAYLEIGH_TOLERANCE:
        return None
    return Noise(mean / RAYLEIGH_MEAN, "background")
