"""A region's values in one body: what is left out, and their mean, median and SD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray, Volume

    BoolArray = NDArray[np.bool_]

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


@dataclass(frozen=True)
class LeastRegion:
    """The smallest region that is measured: its voxels with a value, and their volume."""

    voxels: int
    cm3: float = 0.0

    def check(self, voxels: int, voxel_volume_cm3: float) -> None:
        """Refuse a region that is smaller.

        Raises
        ------
        RegionFault
            With the sizes found and needed.
        """
        volume_cm3 = voxels * voxel_volume_cm3
        if voxels >= self.voxels and volume_cm3 >= self.cm3:
            return
        needed = f"{self.voxels} voxels" + (f" and {self.cm3:g} cm³" if self.cm3 else "")
        raise RegionFault(
            f"The inside of the vertebral body holds {voxels} voxels, {volume_cm3:.1f} cm³; "
            f"at least {needed} are needed.",
            FEW_VOXELS,
        )


def region_voxels(image: Volume, region: Volume, least: LeastRegion) -> FloatArray:
    """Return the values of a region's voxels, shape (n,); a voxel that is no number is none.

    Parameters
    ----------
    image, region
        Values and mask on one grid.

    Raises
    ------
    RegionFault
        The region is smaller than the least.
    """
    values = np.asarray(image.array[region.array], dtype=np.float64)
    values = values[np.isfinite(values)]
    least.check(len(values), voxel_cm3(image))
    return values


def without_outliers(
    values: FloatArray, voxel_volume_cm3: float, least_spread: float
) -> RegionValues:
    """Leave out outliers; parameters as of :func:`near_median`, and the volume of one voxel."""
    kept = values[near_median(values, least_spread)]
    return RegionValues(kept, len(kept) * voxel_volume_cm3, 1 - len(kept) / len(values))


def near_median(values: FloatArray, least_spread: float) -> BoolArray:
    """Return which values lie within median ± 3 · 1.4826 · MAD: no veins, haemangiomas, edges.

    Parameters
    ----------
    values
        Shape (n,).
    least_spread
        Taken for 1.4826 · MAD where that is smaller: values stored in coarse steps.
    """
    median = np.median(values)
    spread = max(MAD_TO_SD * float(np.median(np.abs(values - median))), least_spread)
    near: BoolArray = np.abs(values - median) <= MADS * spread
    return near


def voxel_cm3(image: Volume) -> float:
    """Return the volume of one voxel in cm³."""
    return float(abs(np.linalg.det(image.affine_lps[:3, :3]))) / MM3_PER_CM3
