"""How many voxels a second the ADC is fitted to, against dipy's scalar fit in the same run.

uv run --with dipy python benchmarks/diffusion.py

dipy has no fit of an ADC to trace images. Its nearest is that of the mean signal diffusion
kurtosis, a weighted linear fit of each voxel with one parameter more.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.techniques.dwi.adc import adc_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.images.volume import FloatArray

B_VALUES = np.array([0.0, 500.0, 1000.0, 1500.0])
MARROW_ADC, S0, NOISE_SD = 0.5e-3, 350.0, 6.0
MIB_PER_KIB = 1 / 1024


def draw(voxels: int, seed: int = 1) -> list[FloatArray]:
    """Return noisy signals of marrow, one array a b value."""
    rng = np.random.default_rng(seed)
    adc = MARROW_ADC * rng.uniform(0.5, 1.5, voxels)
    clean = [S0 * np.exp(-b_value * adc) for b_value in B_VALUES]
    return [
        np.hypot(signal + rng.normal(0, NOISE_SD, voxels), rng.normal(0, NOISE_SD, voxels)).astype(
            np.float32
        )
        for signal in clean
    ]


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time that some work takes."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def dipy_fit(signals: list[FloatArray]) -> Callable[[], object]:
    """Return the fit of dipy, with one direction a b value."""
    from dipy.core.gradients import gradient_table
    from dipy.reconst.msdki import MeanDiffusionKurtosisModel

    directions = np.array([[0.0, 0.0, 0.0], *[[1.0, 0.0, 0.0]] * (len(B_VALUES) - 1)])
    table = gradient_table(B_VALUES, bvecs=directions)
    model = MeanDiffusionKurtosisModel(table)
    stack = np.stack(signals, axis=-1).astype(np.float64)
    return lambda: model.fit(stack).msd


def main() -> None:
    """Measure, and print one line a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voxels", type=int, default=2_000_000)
    parser.add_argument("--peer-voxels", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    signals = draw(asked.voxels)
    own = asked.voxels / seconds(lambda: adc_map(B_VALUES, signals), asked.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MIB_PER_KIB
    sys.stdout.write(f"bonecohort: {own / 1e6:.2f} million voxels/s, peak {peak:.0f} MiB\n")
    if find_spec("dipy") is None:
        sys.stdout.write("dipy is not there: uv run --with dipy python benchmarks/diffusion.py\n")
        return
    fewer = [one[: asked.peer_voxels] for one in signals]
    fit = dipy_fit(fewer)
    fit()  # compiles
    peer = asked.peer_voxels / seconds(fit, asked.repeats)
    sys.stdout.write(
        f"dipy: {peer / 1e6:.3f} million voxels/s; bonecohort is {own / peer:.0f} times as fast\n"
    )


if __name__ == "__main__":
    main()
