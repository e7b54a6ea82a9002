"""An imaging study from DICOM to the report: the workflow against one straight loop.

uv run python benchmarks/imaging_study.py --participants 199 --full-size
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import filecmp
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import dcm2niix
import nibabel
import numpy as np
from pydicom import dcmread

from bonecohort.demo.study import write_demo_study
from bonecohort.jobs import convert
from bonecohort.study import job_specs
from bonecohort.study.study import load_study

REPOSITORY = Path(__file__).resolve().parents[1]
EMPTY_WORKFLOW = "rule all:\n    input: []\n"
FULL_SIZE = 512
AIR_HU, NOISE_SD_HU = -1000, 20
PR_SET_CHILD_SUBREAPER = 36
SEED = 1


@dataclass(frozen=True)
class Cost:
    """What one command took: wall and CPU seconds, and its largest process's memory in MiB."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def cost_of(command: list[str | Path], folder: Path) -> Cost:
    """Run a command, which must succeed, below a process that has had no other children."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(_cost_of, command, folder).result()


def _cost_of(command: list[str | Path], folder: Path) -> Cost:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)  # what outlives the command counts too
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    wall_s = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stderr)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def workflow(study: Path, cores: int) -> Cost:
    """Run the workflow on a study."""
    return snakemake(REPOSITORY / "Snakefile", study, cores)


def snakemake(snakefile: Path, study: Path, cores: int) -> Cost:
    """Run Snakemake with this project's profile."""
    profile = REPOSITORY / "profiles/default"
    return cost_of(
        [sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--workflow-profile", profile,
         "--directory", study, "--cores", str(cores)],
        REPOSITORY,
    )  # fmt: skip


def enlarge(participant: Path) -> None:
    """Put the CT and the label map of a demo participant into the middle of air, 512 wide."""
    rng = np.random.default_rng(SEED)
    for path in sorted((participant / "ct").iterdir()):
        image = dcmread(path)
        before = (FULL_SIZE - image.Rows) // 2
        after = FULL_SIZE - image.Rows - before
        air = AIR_HU + rng.normal(0, NOISE_SD_HU, (FULL_SIZE, FULL_SIZE))
        stored = np.rint((air - image.RescaleIntercept) / image.RescaleSlope)
        stored = stored.astype(image.pixel_array.dtype)
        stored[before:-after, before:-after] = image.pixel_array
        image.PixelData = stored.tobytes()
        x, y, z = image.ImagePositionPatient
        step = before * image.PixelSpacing[0]
        image.ImagePositionPatient = [round(x - step, 4), round(y - step, 4), z]
        image.Rows = image.Columns = FULL_SIZE
        image.save_as(path)
    labels = nibabel.load(participant / "vertebrae.nii.gz")
    affine = labels.affine.copy()
    affine[:3, 3] -= affine[:3, :2].sum(axis=1) * before
    padded = np.pad(np.asanyarray(labels.dataobj), [(before, after), (before, after), (0, 0)])
    nibabel.save(nibabel.Nifti1Image(padded, affine), participant / "vertebrae.nii.gz")


def change_one(study: Path) -> None:
    """Replace one pixel of one slice of the first participant's CT."""
    path = sorted((study / "demo/P001/ct").iterdir())[3]
    content = bytearray(path.read_bytes())
    content[-40] ^= 1
    path.write_bytes(content)


def size_gib(folder: Path) -> float:
    """Return what the files below a folder hold."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**30


def conversions_s(study: Path, count: int) -> tuple[float, float]:
    """Return the wall seconds of dcm2niix and of the workflow's conversion, a CT at a time."""
    folders = sorted(study.glob("demo/*/ct"))[:count]
    out = study / "dcm2niix"
    out.mkdir()
    theirs_s = ours_s = 0.0
    for folder in folders:
        start = time.perf_counter()
        subprocess.run(
            [dcm2niix.bin, "-z", "y", "-o", out, folder], check=True, capture_output=True
        )
        theirs_s += time.perf_counter() - start
        start = time.perf_counter()
        convert_participant_series(study, folder.parent.name)
        ours_s += time.perf_counter() - start
    shutil.rmtree(out)
    return theirs_s, ours_s


def convert_participant_series(study: Path, name: str) -> None:
    """Convert the CT of one participant as a job of the straight loop does."""
    with contextlib.chdir(study):
        task = json.loads(job_specs.convert_task(load_study(Path()), name, "ct"))
        convert.run(task, Path("dcm2niix"))


def reading_and_writing_s(study: Path) -> float:
    """Return what reading every image and writing every result once take, on disk at the end."""
    copy = study / "copy"
    start = time.perf_counter()
    for path in (study / "demo").rglob("*"):
        if path.is_file():
            path.read_bytes()
    shutil.copytree(study / "results", copy)
    os.sync()
    spent_s = time.perf_counter() - start
    shutil.rmtree(copy)
    return spent_s


def main() -> None:
    """Measure and print, in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=199)
    parser.add_argument("--full-size", action="store_true", help="CT of 512 × 512 pixels")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--conversions", type=int, default=20, help="CT given to dcm2niix, too")
    parser.add_argument("--scratch", help="where to draw the study")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        empty = Path(scratch) / "empty"
        empty.mkdir()
        (empty / "Snakefile").write_text(EMPTY_WORKFLOW)
        start = snakemake(empty / "Snakefile", empty, options.cores)
        study = Path(scratch) / "study"
        write_demo_study(study, options.participants, SEED, jobs=options.cores)
        if options.full_size:
            folders = [path.parent for path in study.glob("demo/*/ct")]
            with ProcessPoolExecutor(options.cores) as pool:
                list(pool.map(enlarge, folders))
        images = size_gib(study / "demo")
        first = workflow(study, options.cores)
        again = workflow(study, options.cores)
        results = size_gib(study / "results")
        change_one(study)
        one = workflow(study, options.cores)
        loop = cost_of(
            [sys.executable, REPOSITORY / "benchmarks/straight_loop.py", str(options.cores)], study
        )
        theirs_s, ours_s = conversions_s(study, options.conversions)
        limit_s = reading_and_writing_s(study)
        tables = [path.name for path in (study / "results/tables").glob("*.csv")]
        same = filecmp.cmpfiles(study / "loop/tables", study / "results/tables", tables)[0]
    lines = [
        f"{options.participants} participants, {options.cores} cores",
        f"images {images:.2f} GiB, results {results:.2f} GiB",
        f"{len(same)} of {len(tables)} tables equal the loop's",
        f"largest process of the workflow {first.peak_mib:.0f} MiB",
        f"{'':28}{'wall':>9}{'CPU':>9}",
    ]
    for name, cost in (
        ("Snakemake's empty start", start),
        ("straight loop", loop),
        ("workflow, zero to report", first),
        ("nothing changed", again),
        ("one CT slice changed", one),
    ):
        lines.append(f"{name:28}{cost.wall_s:7.1f} s{cost.cpu_s:7.1f} s")
    lines += [
        f"reading every image and writing every result once: {limit_s:.1f} s",
        f"{options.conversions} CTs, one at a time: dcm2niix {theirs_s:.1f} s, here {ours_s:.1f} s",
        f"workflow / loop: {first.wall_s / loop.wall_s:.2f}",
        f"nothing changed / empty start: {again.wall_s / start.wall_s:.2f}",
        f"one changed / zero to report: 1/{first.wall_s / one.wall_s:.0f}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
