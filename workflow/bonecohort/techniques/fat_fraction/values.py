"""A region's values in one body: what is left out, and their mean, median and SD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from bonecohort.images.volume import FloatArray, Volume

LEAST_VOXELS = 30
LEAST_CM3 = 1.0
MADS = 3.0
MAD_TO_SD = 1.4826
MM3_PER_CM3 = 1000.0
FEW_VOXELS = "few_voxels"


class RegionFault(DataFault):
    """A region that cannot be measured, with the flag it raises."""

    def __init__(self, reason: str, flag: str) -> None:
        super().__init__(reason)
        self.flags = (flag,)


@dataclass(frozen=True)
class RegionValues:
    """The values of a body's voxels without the outliers.

    Attributes
    ----------
    values
        Shape (n,).
    volume_cm3
        Of the voxels kept.
    left_out
        Fraction of the region's voxels that are outliers.
    """

    values: FloatArray
    volume_cm3: float
    left_out: float

    @property
    def mean(self) -> float:
        """Mean of the voxels kept."""
        return float(self.values.mean())

    @property
    def median(self) -> float:
        """Median of the voxels kept."""
        return float(np.median(self.values))

    @property
    def sd(self) -> float:
        """SD (n - 1) of the voxels kept."""
        return float(self.values.std(ddof=1))

    @property
    def n_voxels(self) -> int:
        """Number of voxels kept."""
        return len(self.values)


def region_voxels(image: Volume, region: Volume) -> FloatArray:
    """Return the values of a region's voxels, shape (n,); a voxel that is no number is none.

    Parameters
    ----------
    image, region
        Values and mask on one grid.

    Raises
    ------
    RegionFault
        The region holds fewer than 30 voxels with a value, or less than 1 cm³.
    """
    values = np.asarray(image.array[region.array], dtype=np.float64)
    values = values[np.isfinite(values)]
    volume_cm3 = len(values) * voxel_cm3(image)
    if len(values) < LEAST_VOXELS or volume_cm3 < LEAST_CM3:
        raise RegionFault(
            f"The inside of the vertebral body holds {len(values)} voxels, {volume_cm3:.1f} cm³; "
            f"at least {LEAST_VOXELS} voxels and {LEAST_CM3:g} cm³ are needed.",
            FEW_VOXELS,
        )
    return values


def without_outliers(
    values: FloatArray, voxel_volume_cm3: float, least_spread: float
) -> RegionValues:
    """Leave out values outside median ± 3 · 1.4826 · MAD: veins, haemangiomas, edges.

    Parameters
    ----------
    values
        Shape (n,).
    voxel_volume_cm3
        Of one voxel.
    least_spread
        Taken for 1.4826 · MAD where that is smaller: values stored in coarse steps.
    """
    median = np.median(values)
    spread = max(MAD_TO_SD * float(np.median(np.abs(values - median))), least_spread)
    kept = values[np.abs(values - median) <= MADS * spread]
    return RegionValues(kept, len(kept) * voxel_volume_cm3, 1 - len(kept) / len(values))


def voxel_cm3(image: Volume) -> float:
    """Return the volume of one voxel in cm³."""
    return float(abs(np.linalg.det(image.affine_lps[:3, :3]))) / MM3_PER_CM3
