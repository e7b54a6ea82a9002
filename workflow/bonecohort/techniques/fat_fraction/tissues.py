"""Tissues that every fat fraction map shows: fat, a tissue without fat, and the discs.

Air is distinguished from tissue by its noise: where there is no signal, the fat fraction takes any
value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.measures.mr.local_values import LocalValues

    BoolArray = NDArray[np.bool_]

SMOOTH_SD = 6.0
"""Largest local SD of a tissue, in percentage points."""
LEAST_FAT_CM3 = 5.0
LOWEST_FRACTION = 0.10
UNIFORM_SD = 1e-3
"""A region more uniform than this is no tissue but a background set to one value."""


@dataclass(frozen=True)
class Tissues:
    """Values of reference tissues in the image's unit; None of one that is not seen.

    Attributes
    ----------
    fat
        Median of the brightest smooth region of at least 5 cm³.
    lowest
        Median of the lowest tenth of all smooth tissue.
    disc
        Median over the discs beside the labelled bodies.
    """

    fat: float | None
    lowest: float | None
    disc: float | None

    @property
    def low(self) -> float | None:
        """The lower of the tissues that hold little fat; None when none is seen."""
        return min((value for value in (self.lowest, self.disc) if value is not None), default=None)


def find_tissues(local: LocalValues, disc: float | None) -> Tissues:
    """Find the reference tissues of a map in percent.

    Parameters
    ----------
    local
        In %.
    disc
        See :func:`disc_value`, in %.
    """
    smooth = local.sd < SMOOTH_SD
    return Tissues(brightest_region(local, smooth), lowest_tissue(local, smooth), disc)


def brightest_region(local: LocalValues, smooth: BoolArray) -> float | None:
    """Return the median of the brightest smooth connected region of at least 5 cm³.

    The region is connected. Its voxels are at most the SD of a tissue darker than the brightest 5
    cm³.
    """
    least = int(np.ceil(LEAST_FAT_CM3 / local.voxel_cm3))
    means = local.mean[smooth]
    if len(means) < least:
        return None
    threshold = np.partition(means, -least)[-least] - SMOOTH_SD
    parts, count = ndimage.label(smooth & (local.mean >= threshold))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    if sizes.max() < least:
        return None
    return float(np.median(local.mean[parts == sizes.argmax() + 1]))


def lowest_tissue(local: LocalValues, smooth: BoolArray) -> float | None:
    """Return the median of the lowest tenth of smooth tissue that is not wholly uniform."""
    means = local.mean[smooth & (local.sd > UNIFORM_SD)]
    if not len(means):
        means = local.mean[smooth]
    return float(np.quantile(means, LOWEST_FRACTION / 2)) if len(means) else None


def disc_values(image: Volume, places: Mapping[str, FloatArray]) -> dict[str, float]:
    """Return, by level, the median of an image in the discs beside its body.

    A level whose discs lie outside the image has none.

    Parameters
    ----------
    places
        Level → places, LPS mm, shape (n, 3).
    """
    result = {}
    for level, points in places.items():
        index = np.moveaxis(image.to_index(points), -1, 0)
        read = ndimage.map_coordinates(
            image.array, index, output=np.float64, order=1, mode="constant", cval=np.nan
        )
        read = read[np.isfinite(read)]
        if len(read):
            result[level] = float(np.median(read))
    return result


def disc_value(by_level: Mapping[str, float]) -> float | None:
    """Return the median over levels; None without any."""
    return float(np.median(list(by_level.values()))) if by_level else None
