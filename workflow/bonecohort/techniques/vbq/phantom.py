"""A computed T1-weighted image of a lumbar spine whose bone quality scores are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.annotations.labels.schemes import SCHEMES
from bonecohort.demo import mr_spine
from bonecohort.images.volume import Volume
from bonecohort.techniques.vbq.canal import CANAL_OF_TOTALSPINESEG, TOTALSPINESEG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from bonecohort.demo.phantom import VertebraModel
    from bonecohort.images.volume import FloatArray

CSF_SIGNAL = 150.0
TISSUES: dict[str, float] = {
    mr_spine.AIR: 0.0,
    mr_spine.MUSCLE: 260.0,
    mr_spine.SKIN_FAT: 900.0,
    mr_spine.FLUID: CSF_SIGNAL,
    mr_spine.DISC: 230.0,
    mr_spine.CORTEX: 60.0,
    mr_spine.ARCH: 300.0,
    mr_spine.VEIN: 200.0,
}
"""Signal of each tissue."""


@dataclass(frozen=True)
class T1Image:
    """The image, and labels of TotalSpineSeg: vertebrae, and 2 for the canal."""

    image: Volume
    labels: Volume


def render(
    models: Sequence[VertebraModel],
    scores: Mapping[str, float],
    affine_lps: FloatArray,
    shape: tuple[int, int, int],
    *,
    rng: np.random.Generator,
    noise_sd: float = 5.0,
) -> T1Image:
    """Draw vertebrae given from head to foot.

    Parameters
    ----------
    models
        Shapes and places of the vertebrae; their HU are not used.
    scores
        Level → signal of its marrow over that of CSF.
    affine_lps, shape
        The grid.
    noise_sd
        SD of the noise in the real and the imaginary part; CSF has a signal of 150.
    """
    spine = mr_spine.spine_tissues(models, affine_lps, shape, SCHEMES[TOTALSPINESEG])
    marrow = {level: score * CSF_SIGNAL for level, score in scores.items()}
    signal = mr_spine.with_noise(spine.mixed(TISSUES | marrow), noise_sd, rng)
    labels = spine.labels.array.copy()
    labels[(labels == 0) & (spine.shares[mr_spine.FLUID] >= 1 / 2)] = CANAL_OF_TOTALSPINESEG
    return T1Image(Volume(signal, affine_lps), Volume(labels, affine_lps))
