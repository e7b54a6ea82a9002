"""Computed echoes of a lumbar spine whose T2 and T2* are known.

The marrow is half fat. In the gradient echo its fat has one peak, which turns against water. So
echoes between those in phase lie far below one exponential.
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

Tissues = dict[str, tuple[float, float]]
"""Tissue → signal at time 0, and relaxation time in ms."""
SPIN_ECHO: Tissues = {
    mr_spine.AIR: (0.0, 50.0),
    mr_spine.MUSCLE: (700.0, 38.0),
    mr_spine.SKIN_FAT: (900.0, 120.0),
    mr_spine.FLUID: (1000.0, 900.0),
    mr_spine.DISC: (800.0, 90.0),
    mr_spine.CORTEX: (80.0, 20.0),
    mr_spine.ARCH: (500.0, 70.0),
    mr_spine.VEIN: (900.0, 180.0),
}
GRADIENT_ECHO: Tissues = {
    mr_spine.AIR: (0.0, 50.0),
    mr_spine.MUSCLE: (700.0, 25.0),
    mr_spine.SKIN_FAT: (900.0, 30.0),
    mr_spine.FLUID: (1000.0, 100.0),
    mr_spine.DISC: (800.0, 40.0),
    mr_spine.CORTEX: (80.0, 3.0),
    mr_spine.ARCH: (500.0, 9.0),
    mr_spine.VEIN: (900.0, 30.0),
}
MARROW_SIGNAL = 600.0
STIMULATED = 1.1
"""Stimulated echoes lift all echoes but the first by this factor."""
FAT_FRACTION, TURNS_PER_MS = 0.5, 3.4e-3 * 127.73
"""Share of fat in marrow, and how its peak turns at 3 T."""
NOISE_SD = 3.0


@dataclass(frozen=True)
class SpineEchoes:
    """Echoes, shape (ni, nj, nk, n), their times in ms, and the vertebrae's labels."""

    stack: Volume
    times_ms: FloatArray
    labels: Volume


def spin_echoes(tissues: mr_spine.SpineTissues, t2_ms: Mapping[str, float], times_ms: FloatArray,
                rng: np.random.Generator, noise_sd: float = NOISE_SD) -> SpineEchoes:  # fmt: skip
    """Draw the echoes of a spin echo; its stimulated echoes lift all but the first.

    Parameters
    ----------
    tissues
        Of a spine.
    t2_ms
        Level → T2 of its marrow.
    times_ms
        Echo times, shape (n,).
    noise_sd
        SD of the noise in the real and the imaginary part.
    """
    properties = SPIN_ECHO | {level: (MARROW_SIGNAL, t2) for level, t2 in t2_ms.items()}
    lifts = np.where(np.arange(len(times_ms)) == 0, 1.0, STIMULATED)
    volumes = [
        lift * tissues.mixed(_decayed(properties, time))
        for lift, time in zip(lifts, times_ms, strict=True)
    ]
    return _noisy(tissues, volumes, times_ms, noise_sd, rng)


def gradient_echoes(tissues: mr_spine.SpineTissues, t2star_ms: Mapping[str, float],
                    times_ms: FloatArray, rng: np.random.Generator,
                    noise_sd: float = NOISE_SD) -> SpineEchoes:  # fmt: skip
    """Draw the echoes of a gradient echo at 3 T; parameters as of :func:`spin_echoes`."""
    properties = GRADIENT_ECHO | {level: (MARROW_SIGNAL, t) for level, t in t2star_ms.items()}
    volumes = []
    for time in times_ms:
        fat = np.exp(2j * np.pi * TURNS_PER_MS * time)
        share = abs((1 - FAT_FRACTION) + FAT_FRACTION * fat)
        signals = _decayed(properties, time)
        volumes.append(tissues.mixed(signals | {one: share * signals[one] for one in t2star_ms}))
    return _noisy(tissues, volumes, times_ms, noise_sd, rng)


def tissues_of(
    models: Sequence[VertebraModel], affine_lps: FloatArray, shape: tuple[int, int, int]
) -> mr_spine.SpineTissues:
    """Return the tissues of vertebrae given from head to foot, with TotalSegmentator's labels."""
    return mr_spine.spine_tissues(models, affine_lps, shape, SCHEMES["totalsegmentator_mr"])


def _decayed(properties: Tissues, time_ms: float) -> dict[str, float]:
    return {name: float(s0 * np.exp(-time_ms / t)) for name, (s0, t) in properties.items()}


def _noisy(
    tissues: mr_spine.SpineTissues,
    volumes: Sequence[FloatArray],
    times_ms: FloatArray,
    noise_sd: float,
    rng: np.random.Generator,
) -> SpineEchoes:
    noisy = [mr_spine.with_noise(one, noise_sd, rng) for one in volumes]
    stack = Volume(np.stack(noisy, axis=-1), tissues.labels.affine_lps)
    return SpineEchoes(stack, times_ms, tissues.labels)
