"""The fat fraction of a water and a fat image, and when it is a PDFF."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.techniques.fat_fraction.facts import ImageFacts

    BoolArray = NDArray[np.bool_]

LARGEST_FLIP_ANGLE_DEG = 5.0
SIGNAL_FRACTION = 0.1
BRIGHT_PERCENTILE = 95.0
SAME_AFFINE = 1e-3


def check_one_grid(water: Volume, fat: Volume) -> None:
    """Refuse a water and a fat image that are not of one grid.

    Raises
    ------
    DataFault
        With what differs.
    """
    if water.array.shape != fat.array.shape:
        sizes = [" × ".join(map(str, image.array.shape)) for image in (water, fat)]
        raise DataFault(
            f"The water image has {sizes[0]} voxels, the fat image {sizes[1]}: both must come "
            "from one acquisition."
        )
    apart = float(np.abs(water.affine_lps - fat.affine_lps).max())
    if apart > SAME_AFFINE:
        raise DataFault(
            f"The water and the fat image do not lie in one place: their affines differ by up to "
            f"{apart:.3f} mm. Both must come from one acquisition."
        )


def fat_fraction(water: Volume, fat: Volume) -> Volume:
    """Return 100 · F / (W + F) of every voxel, in %, nothing clipped; NaN where W + F <= 0.

    Parameters
    ----------
    water, fat
        Signals in one unit, on one grid.
    """
    signal = np.asarray(fat.array, dtype=np.float64)
    total = np.asarray(water.array, dtype=np.float64) + signal
    result = np.full(total.shape, np.nan)
    np.divide(100 * signal, total, out=result, where=total > 0)
    return Volume(result, water.affine_lps)


def signal_mask(water: Volume, fat: Volume) -> BoolArray:
    """Return where W + F is more than a tenth of bright tissue's: not air."""
    total = np.asarray(water.array, dtype=np.float64) + fat.array
    mask: BoolArray = total > SIGNAL_FRACTION * np.nanpercentile(total, BRIGHT_PERCENTILE)
    return mask


def is_pdff(water: ImageFacts, fat: ImageFacts, *, declared_quantitative: bool) -> bool:
    """Return whether a pair's fat fraction is that of the proton densities.

    The header names a vendor's quantitative sequence (or the study declares one), and the flip
    angle is at most 5°. A larger one favours fat, whose T1 is shorter.
    """
    quantitative = declared_quantitative or (water.quantitative and fat.quantitative)
    angles = [water.flip_angle_deg, fat.flip_angle_deg]
    return quantitative and all(
        angle is not None and angle <= LARGEST_FLIP_ANGLE_DEG for angle in angles
    )
