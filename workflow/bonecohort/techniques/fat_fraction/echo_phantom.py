"""Computed complex echoes of water and fat in an uneven field, as a scanner stores them.

The signal is summed over the lines of the spectrum by their chemical shifts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from bonecohort.images.volume import FloatArray
    from bonecohort.techniques.fat_fraction.phantom import WaterFatImages

F0_MHZ = 123.25
TIMES_MS = (1.15, 2.15, 3.15, 4.15, 5.15, 6.15)
WATER_PPM = 4.7
FAT_LINES: Mapping[float, float] = {
    0.9: 0.087, 1.3: 0.693, 2.1: 0.128, 2.76: 0.004, 4.31: 0.039, 5.3: 0.048,
}  # fmt: skip
"""Chemical shift in ppm → relative amplitude (Hamilton 2011)."""
FIELD_HZ = 70.0
NOISE_SD = 3.0
"""In the real and the imaginary part, where a proton density of 1 has a signal of 1000."""
STEPS = 4096


def complex_echoes(
    images: WaterFatImages, rng: np.random.Generator
) -> Iterator[tuple[float, NDArray[np.complex128]]]:
    """Yield the time in ms and the signal of each echo."""
    i, j, k = np.indices(images.water.array.shape)
    field_hz = FIELD_HZ * np.sin(i / 25) + 0.4 * j - 3 * k
    total = sum(FAT_LINES.values())
    for time_ms in TIMES_MS:
        seconds = time_ms / 1000
        fat = sum(
            share / total * np.exp(2j * np.pi * (ppm - WATER_PPM) * F0_MHZ * seconds)
            for ppm, share in FAT_LINES.items()
        )
        turned = np.exp((2j * np.pi * field_hz - images.r2star.array) * seconds)
        signal = (images.water.array + images.fat.array * fat) * turned
        noise = rng.standard_normal((2, *signal.shape))
        yield time_ms, signal + NOISE_SD * (noise[0] + 1j * noise[1])


def stored_phase(signal: NDArray[np.complex128]) -> FloatArray:
    """Return phases as 4096 steps a turn from 0, for a RescaleSlope of 2 and -4096."""
    turns = np.angle(signal) / (2 * np.pi) + 0.5
    stored: FloatArray = np.clip(np.rint(turns * STEPS), 0, STEPS - 1)
    return stored
