"""How many headers a second and core `bonecohort init` reads, on a folder of mixed series.

uv run python benchmarks/init_headers.py --series 200
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from bonecohort.demo.cohort import draw_participant
from bonecohort.demo.dicom import CT, T2_SAGITTAL, Acquisition, write_series
from bonecohort.images.volume import Volume

SERIES_PER_PATIENT = 10
SLICES = 40
PIXELS = 16
SPACING_MM = 3.0
AXIAL = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
SAGITTAL = AXIAL[:, [1, 2, 0, 3]]


def variant(base: Acquisition, name: str, **values: object) -> Acquisition:
    """Return another series of the same scanner."""
    return dataclasses.replace(base, name=name, values=base.values | values)


MIXED = (
    (CT, AXIAL),
    (variant(CT, "bone", ConvolutionKernel="BONEPLUS"), AXIAL),
    (variant(CT, "lung", ConvolutionKernel="LUNG"), AXIAL),
    (variant(CT, "contrast", ContrastBolusAgent="Iohexol"), AXIAL),
    (variant(CT, "mpr", ImageType=["DERIVED", "SECONDARY", "MPR"]), SAGITTAL),
    (T2_SAGITTAL, SAGITTAL),
    (variant(T2_SAGITTAL, "t1", EchoTime="10", RepetitionTime="600"), SAGITTAL),
    (variant(T2_SAGITTAL, "stir", InversionTime="160"), SAGITTAL),
    (variant(T2_SAGITTAL, "t2 axial"), AXIAL),
    (variant(T2_SAGITTAL, "fat", ScanOptions="FS"), SAGITTAL),
)


def write_export(root: Path, series: int) -> int:
    """Write an export of mixed series; return the number of its files."""
    for number in range(series):
        patient = number // SERIES_PER_PATIENT + 1
        acquisition, affine = MIXED[number % SERIES_PER_PATIENT]
        write_series(
            root / f"{patient:04d}" / f"{number:05d}",
            Volume(np.zeros((PIXELS, PIXELS, SLICES)), affine),
            acquisition,
            thickness_mm=SPACING_MM,
            participant=draw_participant(patient, seed=1),
            seed=1,
        )
    return series * SLICES


def cpu_seconds(root: Path, study: Path) -> float:
    """Return the processor time of one run with one process, its start included."""
    command = [sys.executable, "-m", "bonecohort", "init", root, study, "--jobs", "1"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        root, study = Path(scratch) / "export", Path(scratch) / "study"
        files = write_export(root, options.series)
        first = cpu_seconds(root, study)
        again = cpu_seconds(root, study)
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(
        f"{options.series} mixed series, {files} files; processor time of one core\n"
        f"  from nothing to the proposals {first:6.1f} s   {files / first:6.0f} headers a second\n"
        f"  nothing changed               {again:6.1f} s\n"
        f"  most memory                   {peak_mb:6.0f} MB\n"
    )


if __name__ == "__main__":
    main()
