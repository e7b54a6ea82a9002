"""Computed water and fat images of a lumbar spine whose fat fractions and R2* are known.

Every tissue has a proton density, a fat fraction and an R2*; a voxel's water and fat are the means
over its extent. Where there is no signal the fat fraction is noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo import mr_spine
from bonecohort.images.volume import Volume
from bonecohort.techniques.fat_fraction.pairs import fat_fraction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from bonecohort.demo.phantom import VertebraModel
    from bonecohort.images.volume import FloatArray

SIGNAL = 1000.0
"""Signal of a proton density of 1."""


@dataclass(frozen=True)
class Tissue:
    """Proton density (a fraction), fat fraction in % and R2* in 1/s of a tissue."""

    density: float
    fat_percent: float
    r2star: float


TISSUES: dict[str, Tissue] = {
    mr_spine.AIR: Tissue(0.0, 0.0, 0.0),
    mr_spine.MUSCLE: Tissue(0.8, 6.0, 35.0),
    mr_spine.SKIN_FAT: Tissue(0.95, 94.0, 40.0),
    mr_spine.FLUID: Tissue(1.0, 0.5, 10.0),
    mr_spine.DISC: Tissue(0.6, 5.0, 20.0),
    mr_spine.CORTEX: Tissue(0.12, 20.0, 400.0),
    mr_spine.ARCH: Tissue(0.55, 35.0, 120.0),
    mr_spine.VEIN: Tissue(0.9, 3.0, 30.0),
}
MARROW_DENSITY = 0.7


@dataclass(frozen=True)
class Marrow:
    """Truth of one body's marrow: fat fraction in %, R2* in 1/s."""

    fat_percent: float
    r2star: float

    @property
    def tissue(self) -> Tissue:
        """The marrow as a tissue."""
        return Tissue(MARROW_DENSITY, self.fat_percent, self.r2star)


@dataclass(frozen=True)
class WaterFatImages:
    """Images of one grid: signals of water and fat, R2* in 1/s, and the vertebrae's labels."""

    water: Volume
    fat: Volume
    r2star: Volume
    labels: Volume

    @property
    def fat_percent(self) -> Volume:
        """The fat fraction in %."""
        return fat_fraction(self.water, self.fat)


def render(
    models: Sequence[VertebraModel],
    marrow: Mapping[str, Marrow],
    affine_lps: FloatArray,
    shape: tuple[int, int, int],
    rng: np.random.Generator,
    *,
    noise_sd: float = 12.0,
    scheme: Mapping[str, int] = SCHEMES["totalsegmentator_mr"],
) -> WaterFatImages:
    """Draw the images of vertebrae given from head to foot.

    Parameters
    ----------
    models
        Shapes and places of the vertebrae; their HU are not used.
    marrow
        Level → truth.
    affine_lps, shape
        The grid.
    noise_sd
        SD of the noise in the real and the imaginary part of water and fat, where a proton
        density of 1 has a signal of 1000.
    scheme
        Level → number of its label.
    """
    spine = mr_spine.spine_tissues(models, affine_lps, shape, scheme)
    tissues = TISSUES | {level: one.tissue for level, one in marrow.items()}
    water, fat, r2star = (
        spine.mixed({name: value(tissue) for name, tissue in tissues.items()})
        for value in (_water, _fat, lambda tissue: tissue.r2star)
    )
    return WaterFatImages(
        Volume(mr_spine.with_noise(SIGNAL * water, noise_sd, rng), affine_lps),
        Volume(mr_spine.with_noise(SIGNAL * fat, noise_sd, rng), affine_lps),
        Volume(r2star, affine_lps),
        spine.labels,
    )


def _water(tissue: Tissue) -> float:
    return tissue.density * (1 - tissue.fat_percent / 100)


def _fat(tissue: Tissue) -> float:
    return tissue.density * tissue.fat_percent / 100
