"""The noise of a diffusion stack, and what it leaves of the signal at the highest b value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bonecohort.measures.mr.air_noise import air_noise
from bonecohort.measures.mr.values import MAD_TO_SD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.dwi.signals import BSignals

    BoolArray = NDArray[np.bool_]

SNR_UNKNOWN = "snr_unknown"
"""Flag of values whose noise is not known."""
Origin = Literal["repeats", "background", "region"]


@dataclass(frozen=True)
class Noise:
    """SD of the noise of one image, and what it was read from."""

    sd: float
    origin: Origin


def image_noise(signals: BSignals, regions: BoolArray) -> Noise | None:
    """Return the noise of a stack, by two repeats, else by air; None where neither shows it.

    Of repeats it is the scaled median absolute deviation of their difference within the regions,
    over √2. Air is read as :func:`~bonecohort.measures.mr.air_noise.air_noise` does.

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
    lowest, highest = signals.images.array[..., 0], signals.images.array[..., -1]
    sd = air_noise(lowest, highest, regions)
    return None if sd is None else Noise(sd, "background")


def region_noise(values: FloatArray) -> Noise | None:
    """Return the SD of a region's signals: an upper bound, for tissue varies, too; None for 0.

    Parameters
    ----------
    values
        At the highest b value, shape (n,).
    """
    sd = float(values.std(ddof=1))
    return Noise(sd, "region") if sd > 0 else None
