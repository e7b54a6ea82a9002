"""How long a CT takes from DICOM to NIfTI, and how much memory, against dcm2niix in the same run.

uv run python benchmarks/conversion.py --slices 200 --repeats 5
"""

from __future__ import annotations

import argparse
import importlib
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import dcm2niix
import numpy as np

from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.dicom import CT, write_series
from bonecohort.images.volume import FloatArray, Volume
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

MATRIX = 512
SPACING_MM = (0.75, 0.75, 1.0)
TISSUE_NOISE_HU, AIR_NOISE_HU = 18.0, 6.0
NOISE_PLANES = 16  # drawn once; each slice uses one, shifted by an amount of its own
LOWEST_HU = -1024  # what scanners store outside the circle they reconstruct
MIB = 2**20
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What Snakemake sets to a job's threads."""
PEER_MODES = {"dcm2niix -z y": "y", "dcm2niix -z i": "i"}
"""How dcm2niix compresses: with pigz where there is one, and with its own zlib."""


@dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def draw_abdomen(n_slices: int, seed: int = 1) -> Volume:
    """Return a CT of int16 HU: trunk, organs, vertebra, air, all with a scanner's noise.

    The noise is smoothed over neighbouring pixels, as reconstruction kernels do. Noise makes a CT
    hard to compress, so it decides the time of both programs.
    """
    generator = np.random.default_rng(seed)
    noise = [_smooth_noise(generator) for _ in range(NOISE_PLANES)]
    y, x = np.mgrid[0:MATRIX, 0:MATRIX] * SPACING_MM[0] - MATRIX * SPACING_MM[0] / 2
    array = np.empty((MATRIX, MATRIX, n_slices), dtype=np.int16, order="F")
    for index in range(n_slices):
        phase = 2 * np.pi * index / 40
        hu = np.full((MATRIX, MATRIX), -1000.0)
        for center_x, center_y, width, depth, value in (
            (0, 0, 165, 115, -95),  # fat under the skin
            (0, 0, 150, 98, 45),  # muscle
            (-70, -15, 60 + 5 * np.sin(phase), 65, 60),  # liver
            (55, -25, 45, 40 + 8 * np.cos(phase), 20),  # bowel
            (50, -40, 18, 12, -900),  # gas
            (0, 45, 26, 20, 350),  # cortex of the vertebra
            (0, 45, 23, 17, 130),  # its marrow
            (0, 75, 11, 9, 15),  # spinal canal
        ):
            hu[((x - center_x) / width) ** 2 + ((y - center_y) / depth) ** 2 < 1] = value
        shift = tuple(generator.integers(0, MATRIX, 2))
        drawn = np.roll(noise[index % NOISE_PLANES], shift, axis=(0, 1))
        hu += drawn * np.where(hu < LOWEST_HU / 2, AIR_NOISE_HU, TISSUE_NOISE_HU)
        hu[x**2 + y**2 > (MATRIX * SPACING_MM[0] / 2) ** 2] = LOWEST_HU
        array[:, :, index] = np.rint(np.maximum(hu, LOWEST_HU)).T
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = -MATRIX * SPACING_MM[0] / 2, -MATRIX * SPACING_MM[1] / 2, -500.0
    return Volume(array, affine)


def _smooth_noise(generator: np.random.Generator) -> FloatArray:
    """Return noise of unit deviation, alike over about two pixels; shape (512, 512)."""
    white = generator.normal(size=(MATRIX, MATRIX))
    smooth = white + sum(np.roll(white, step, axis) for axis in (0, 1) for step in (-1, 1)) / 2
    scaled: FloatArray = smooth / smooth.std()
    return scaled


def write_abdomen(folder: Path, n_slices: int) -> None:
    """Write the drawn CT as uncompressed explicit little-endian DICOM, one file a slice."""
    (participant,) = draw_cohort(1, 1)
    volume = draw_abdomen(n_slices)
    write_series(folder, volume, CT, thickness_mm=SPACING_MM[2], participant=participant, seed=1)


def convert_inside(task: str, results: Path) -> float:
    """Return the seconds of the conversion job within a process that has its imports."""
    job = importlib.import_module("bonecohort.jobs.convert")
    start = time.perf_counter()
    job.run(json.loads(task), results)
    return time.perf_counter() - start


def apart(function: Callable[..., Result], *arguments: str | int | Path) -> Result:
    """Call a function in a fresh process, and return its result.

    What this process once held would otherwise count as peak memory of the programs it starts.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def cost(command: list[str | Path], environment: dict[str, str]) -> Cost:
    """Run a program, which must succeed; return its times and its peak resident memory."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} failed with {process.returncode}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def as_installed(compiled: Path) -> dict[str, str]:
    """Return the environment of a job of one thread of an installed package.

    Modules are compiled once, into a folder; a checkout may have a setting against bytecode.
    """
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | dict.fromkeys(THREADS, "1") | {"PYTHONPYCACHEPREFIX": str(compiled)}


def size_of_image(folder: Path) -> int:
    """Return the bytes of the one compressed image in a folder."""
    (image,) = folder.glob("*.nii.gz")
    return image.stat().st_size


def main() -> None:
    """Measure and print, in one run; the programs take turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, results, target = (Path(scratch) / name for name in ("dicom", "results", "niix"))
        apart(write_abdomen, folder, options.slices)
        task = json.dumps(
            {
                "participant_id": "P1",
                "kind": "ct",
                "image": images()["ct"].record(),
                "settings": {},
                "files": {"ct": [{"path": str(folder)}]},
            }
        )
        ours = [sys.executable, "-m", "bonecohort", "job", "convert", task, results]
        environment = as_installed(Path(scratch) / "compiled")
        cost(ours, environment)  # compiles the modules
        runs: dict[str, list[Cost]] = {"bonecohort": [], **{name: [] for name in PEER_MODES}}
        sizes = {}
        inside = []
        for _ in range(options.repeats):
            for name, mode in PEER_MODES.items():
                shutil.rmtree(target, ignore_errors=True)
                target.mkdir()
                theirs = [dcm2niix.bin, "-z", mode, "-b", "y", "-o", target, folder]
                runs[name].append(cost(theirs, environment))
                sizes[name] = size_of_image(target)
            runs["bonecohort"].append(cost(ours, environment))
            inside.append(apart(convert_inside, task, results))
        sizes["bonecohort"] = size_of_image(results / "participants/P1")
    volume_mib = options.slices * MATRIX * MATRIX * 2 / MIB
    packer = "pigz" if shutil.which("pigz") else "its own zlib, as no pigz is found"
    size = f"{options.slices} slices of {MATRIX} × {MATRIX} ({volume_mib:.0f} MiB as int16)"
    lines = [f"CT of {size}, {options.repeats} runs each; dcm2niix -z y compresses with {packer}"]
    medians = {
        name: statistics.median(one.seconds for one in costs) for name, costs in runs.items()
    }
    for name, costs in runs.items():
        peak = max(one.peak_mib for one in costs)
        cpu = statistics.median(one.cpu_seconds for one in costs)
        lines.append(
            f"  {name:13} {medians[name]:6.2f} s   CPU {cpu:5.2f} s   peak {peak:5.0f} MiB, "
            f"{peak / volume_mib:.2f} × the volume   writes {sizes[name] / MIB:.0f} MiB"
        )
    for name in PEER_MODES:
        pairs = [*zip(runs["bonecohort"], runs[name], strict=True)]
        wall = statistics.median(ours.seconds / theirs.seconds for ours, theirs in pairs)
        cpu = statistics.median(ours.cpu_seconds / theirs.cpu_seconds for ours, theirs in pairs)
        lines.append(
            f"  bonecohort takes {wall:.2f} × the time and {cpu:.2f} × the CPU time of {name}, "
            "run by run"
        )
    lines.append(f"  of it {statistics.median(inside):.2f} s once Python and its imports are there")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
