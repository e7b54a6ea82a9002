"""The noise of an MR, by the air in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray

    BoolArray = NDArray[np.bool_]

RAYLEIGH_MEAN = 1.2533
"""Mean of a Rayleigh distribution of scale 1, √(π/2)."""
RAYLEIGH_MEAN_TO_SD = 1.9131
RAYLEIGH_TOLERANCE = 0.1
AIR_SIGNALS, SMOOTHED = (0.1, 0.2, 0.3), 3
"""Air has less than this share of the marrow's signal in the brightest image, smoothed so wide.

The next is tried where noise leaves too little air below one.
"""
AIR_APART = 3
"""Voxels between air that is looked at and tissue: ghosts and ringing."""
LEAST_AIR = 200
MOST_ZEROS = 0.05
"""Of a background that holds more, a part was set to 0."""


def air_noise(brightest: FloatArray, faintest: FloatArray, regions: BoolArray) -> float | None:
    """Return the SD of the noise in either part of the complex signal; None where air hides it.

    It is the mean of air over 1.2533 where the air's values are Rayleigh distributed, as those of a
    single coil are.

    Parameters
    ----------
    brightest, faintest
        Two images of one grid: air is found in the first and read in the second, which holds the
        fewest ghosts; shape (ni, nj, nk).
    regions
        Voxels of marrow, shape (ni, nj, nk).
    """
    known = brightest[regions & np.isfinite(brightest)]
    if not len(known):
        return None
    marrow = float(np.median(known))
    smooth = ndimage.uniform_filter(np.nan_to_num(brightest).astype(np.float64), SMOOTHED)
    values = np.empty(0)
    for share in AIR_SIGNALS:
        tissue = smooth > share * marrow
        air = ~ndimage.binary_dilation(tissue, iterations=AIR_APART) & np.isfinite(faintest)
        values = np.asarray(faintest[air], dtype=np.float64)
        if len(values) >= LEAST_AIR:
            break
    if len(values) < LEAST_AIR or (values == 0).mean() > MOST_ZEROS:
        return None
    mean, sd = float(values.mean()), float(values.std())
    if not sd or abs(mean / sd / RAYLEIGH_MEAN_TO_SD - 1) > RAYLEIGH_TOLERANCE:
        return None
    return mean / RAYLEIGH_MEAN
