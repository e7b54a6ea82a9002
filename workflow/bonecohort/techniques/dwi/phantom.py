"""Computed diffusion images of a lumbar spine whose ADC are known.

Every tissue has a signal at b 0 and an ADC. A voxel's signal is the mean over its extent. So its
ADC at the border of two tissues depends on the b values as in a patient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo import mr_spine
from bonecohort.images.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.demo.phantom import VertebraModel
    from bonecohort.images.volume import FloatArray

MARROW_SIGNAL = 350.0


@dataclass(frozen=True)
class Tissue:
    """Signal at b 0 and ADC in 10⁻³ mm²/s of a tissue, with fat suppressed."""

    signal: float
    adc: float


TISSUES: dict[str, Tissue] = {
    mr_spine.AIR: Tissue(0.0, 0.0),
    mr_spine.MUSCLE: Tissue(260.0, 1.4),
    mr_spine.SKIN_FAT: Tissue(60.0, 0.05),
    mr_spine.FLUID: Tissue(1600.0, 3.0),
    mr_spine.DISC: Tissue(700.0, 1.7),
    mr_spine.CORTEX: Tissue(40.0, 0.4),
    mr_spine.ARCH: Tissue(200.0, 0.5),
    mr_spine.VEIN: Tissue(900.0, 2.2),
}


@dataclass(frozen=True)
class DiffusionImages:
    """Images of one grid: the tissues' ADC, signals by b value, and the vertebrae's labels.

    Attributes
    ----------
    signals
        Shape (ni, nj, nk, number of volumes).
    adc
        Of each voxel's signal at b 0, 10⁻³ mm²/s.
    labels
        A voxel is labelled when at least half of it is bone.
    """

    signals: Volume
    adc: Volume
    labels: Volume


def render(
    models: Sequence[VertebraModel],
    marrow: Mapping[str, float],
    affine_lps: FloatArray,
    shape: tuple[int, int, int],
    b_values: Sequence[float],
    *,
    rng: np.random.Generator,
    noise_sd: float = 6.0,
    scheme: Mapping[str, int] = SCHEMES["totalsegmentator_mr"],
) -> DiffusionImages:
    """Draw the images of vertebrae given from head to foot.

    Parameters
    ----------
    models
        Shapes and places of the vertebrae; their HU are not used.
    marrow
        Level → ADC in 10⁻³ mm²/s.
    affine_lps, shape
        The grid.
    b_values
        Of each volume, s/mm².
    noise_sd
        SD of the noise in the real and the imaginary part; marrow has a signal of 350 at b 0.
    scheme
        Level → number of its label.
    """
    spine = mr_spine.spine_tissues(models, affine_lps, shape, scheme)
    tissues = TISSUES | {level: Tissue(MARROW_SIGNAL, adc) for level, adc in marrow.items()}
    volumes = [
        spine.mixed(
            {
                name: tissue.signal * np.exp(-b_value * tissue.adc / 1000)
                for name, tissue in tissues.items()
            }
        )
        for b_value in b_values
    ]
    noisy = [mr_spine.with_noise(volume, noise_sd, rng) for volume in volumes]
    adc = spine.mixed({name: tissue.adc for name, tissue in tissues.items()})
    return DiffusionImages(
        Volume(np.stack(noisy, axis=-1), affine_lps), Volume(adc, affine_lps), spine.labels
    )
