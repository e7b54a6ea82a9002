"""Mean and SD of an image about every voxel. Smooth places are tissue, others are air."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from bonecohort.measures.mr.values import voxel_cm3

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

    BoolArray = NDArray[np.bool_]

WINDOW = 3
"""Width in voxels of the cube that the local mean and SD are taken over."""


@dataclass(frozen=True)
class LocalValues:
    """Mean and SD of an image's values about every voxel, shape (ni, nj, nk) each.

    The SD is infinite where the cube holds a voxel without a value, or one of air.
    """

    mean: FloatArray
    sd: FloatArray
    voxel_cm3: float

    def scaled(self, factor: float) -> LocalValues:
        """Return those of the image times a factor."""
        return LocalValues(self.mean * factor, self.sd * factor, self.voxel_cm3)


def local_values(image: Volume, tissue: BoolArray | None = None) -> LocalValues:
    """Return the local mean and SD of an image.

    Parameters
    ----------
    image
        The map.
    tissue
        Where there is signal, same shape, if that is known.
    """
    values = np.asarray(image.array, dtype=np.float64)
    valid = np.isfinite(values) if tissue is None else np.isfinite(values) & tissue
    middle = float(np.median(values[valid])) if valid.any() else 0.0
    offset = np.where(valid, values - middle, 0.0)  # small numbers keep the digits of the SD
    mean = ndimage.uniform_filter(offset, WINDOW, mode="nearest")
    squares = ndimage.uniform_filter(offset**2, WINDOW, mode="nearest")
    sd = np.sqrt(np.clip(squares - mean**2, 0, None))
    whole = ndimage.minimum_filter(valid, WINDOW, mode="nearest")
    return LocalValues(mean + middle, np.where(whole, sd, np.inf), voxel_cm3(image))
