"""The section ``dwi`` of config.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bonecohort.study.declared import Strict, documented, unfit_levels

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class DwiSettings(Strict):
    """Diffusion of vertebral bodies."""

    levels: tuple[Literal["L1", "L2", "L3", "L4", "L5"], ...] = documented(
        "Levels whose mean is a participant's value.", ("L1", "L2", "L3", "L4")
    )
    min_levels: int = documented("Levels needed for that mean.", 3)
    b_min: float = documented(
        "Smallest b value that the ADC is fitted to, in s/mm². 50 and more leave perfusion out; "
        "0 takes every b value that was acquired.",
        0.0,
    )
    erosion_mm: float = documented(
        "Least distance of a measured voxel from the surface of the vertebral body, in the plane "
        "of the slices; along the other axis at least one slice is left out at either end.",
        2.5,
    )
    min_voxels: int = documented("Least number of voxels in the region of a vertebra.", 20)
    max_outlier_fraction: float = documented(
        "Flag a vertebra of which more than this is left out as vein, haemangioma or other "
        "outliers.",
        0.15,
    )
    min_snr: float = documented(
        "Refuse a vertebra whose signal-to-noise ratio at the highest b value is below this.", 3.0
    )
    snr_flag: float = documented(
        "Flag a vertebra whose signal-to-noise ratio at the highest b value is below this.", 5.0
    )
    pool_methods: bool = documented(
        "Analyse values of different b values, and of maps, together. Otherwise only the method "
        "that measured most vertebrae is analysed.",
        False,
    )

    def problems(self) -> Iterator[str]:
        """Yield what is wrong with the levels of the mean, and numbers out of their range."""
        yield from unfit_levels(self.levels, self.min_levels)
        if not 0 <= self.max_outlier_fraction <= 1:
            yield f"max_outlier_fraction: found {self.max_outlier_fraction}; 0 to 1 is expected."
        if self.min_voxels < 2:
            yield f"min_voxels: found {self.min_voxels}; 2 or more is expected."
        if self.snr_flag < self.min_snr:
            yield (
                f"snr_flag: found {self.snr_flag}; at least min_snr, {self.min_snr}, is expected."
            )
        for key in ("b_min", "erosion_mm", "min_snr"):
            if getattr(self, key) < 0:
                yield f"{key}: found {getattr(self, key)}; 0 or more is expected."
