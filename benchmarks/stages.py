"""What each stage costs for one participant of full size, beside the least that it could cost.

uv run python benchmarks/stages.py
"""

from __future__ import annotations

import importlib
import io
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from imaging_study import SEED, enlarge
from isal import igzip
from PIL import Image

from bonecohort.demo.study import write_demo_study
from bonecohort.images.nifti import GZIP_LEVEL
from bonecohort.study.job_specs import convert_task, stage_task
from bonecohort.study.job_table import CONVERT
from bonecohort.study.study import load_study
from bonecohort.techniques.job_modules import module_of
from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Callable

NAME, LEVEL, RUNS = "P001", "L3", 5
FOLDER = f"results/participants/{NAME}"
CT, T2 = f"{FOLDER}/ct.nii.gz", f"{FOLDER}/t2_sagittal.nii.gz"
CROP = f"{FOLDER}/crops/{LEVEL}.npz"
MARKS = f"demo/{NAME}/endplates.mrk.json"
STAGES = (
    ("convert_series", "ct", [f"demo/{NAME}/ct"], [CT]),
    ("convert_series", "t2_sagittal", [f"demo/{NAME}/t2"], [T2]),
    ("crop_vertebrae", "", [CT, f"demo/{NAME}/vertebrae.nii.gz"], [f"{FOLDER}/crops"]),
    ("measure_hounsfield", LEVEL, [CROP], [f"{FOLDER}/hounsfield/{LEVEL}.json"]),
    ("show_hounsfield", "", [CT, f"{FOLDER}/hounsfield"], [f"{FOLDER}/qc"]),
    (
        "measure_endplates",
        LEVEL,
        [f"demo/{NAME}/endplates.mrk.json"],
        [f"{FOLDER}/endplates/{LEVEL}.json"],
    ),
    ("show_endplates", "", [T2, MARKS], [f"{FOLDER}/qc"]),
)
"""Rule, its image or level, and the files it cannot do without reading and writing."""


def files_of(paths: list[str]) -> list[Path]:
    """Return the files of paths, at any depth."""
    found = [[path, *path.rglob("*")] for path in map(Path, paths)]
    return [path for of_one in found for path in of_one if path.is_file()]


def floor_s(read: list[Path], written: list[Path], scratch: Path) -> tuple[float, float]:
    """Return what reading and writing to the disk take, and the least arithmetic between them.

    Compressed files are inflated, every value is added up once, and results are deflated. The
    libraries are those of the workflow.
    """
    files_s = arithmetic_s = 0.0
    for path in read:
        start = time.perf_counter()
        content = path.read_bytes()
        files_s += time.perf_counter() - start
        start = time.perf_counter()
        if path.suffix == ".gz":
            content = igzip.decompress(content)
        np.frombuffer(content, np.int16, len(content) // 2).sum(dtype=float)
        arithmetic_s += time.perf_counter() - start
    for path in written:
        content = path.read_bytes()
        arithmetic_s += deflating_s(path, content)
        start = time.perf_counter()
        with scratch.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        files_s += time.perf_counter() - start
    return files_s, arithmetic_s


def deflating_s(path: Path, content: bytes) -> float:
    """Return what compressing a file's pixels once takes; no time for other files."""
    if path.suffix == ".gz":
        pixels = igzip.decompress(content)
        start = time.perf_counter()
        igzip.compress(pixels, GZIP_LEVEL)
    elif path.suffix in (".png", ".jpg"):
        picture = Image.open(path)
        picture.load()
        start = time.perf_counter()
        picture.save(io.BytesIO(), picture.format, optimize=True)
    else:
        return 0.0
    return time.perf_counter() - start


def in_a_fork(act: Callable[[], None]) -> tuple[float, float, float]:
    """Return the wall and CPU seconds, and the peak memory in MiB, of a job in a fork."""
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()

    def measured() -> None:
        start = time.perf_counter()
        act()
        used = resource.getrusage(resource.RUSAGE_SELF)
        told.put((time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss))

    process = context.Process(target=measured)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(process.exitcode)
    wall_s, cpu_s, peak_kib = told.get()
    return wall_s, cpu_s, peak_kib / 1024


def main() -> None:
    """Measure and print, in one run."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        write_demo_study(Path(), 1, SEED, jobs=1)
        enlarge(Path("demo") / NAME)
        with Path("config/config.yaml").open("a", encoding="utf-8") as config:
            config.write(f"levels: [{LEVEL}]\n")
        study = load_study(Path())
        lines = []
        for rule, kind_or_level, read, written in STAGES:
            if rule == CONVERT:
                job, task = "convert", json.loads(convert_task(study, NAME, kind_or_level))
            else:
                job = stages()[rule].calls
                task = json.loads(stage_task(study, NAME, rule, kind_or_level))
            run = importlib.import_module(module_of(job)).run
            costs = [in_a_fork(lambda: run(task, Path("results"))) for _ in range(RUNS)]  # noqa: B023
            inputs, outputs = files_of(read), files_of(written)
            floors = [floor_s(inputs, outputs, Path("scratch")) for _ in range(RUNS)]
            wall_s, cpu_s, peak_mib = (min(column) for column in zip(*costs, strict=True))
            mib = [
                sum(path.stat().st_size for path in paths) / 2**20 for paths in (inputs, outputs)
            ]
            files_s, arithmetic_s = (min(column) for column in zip(*floors, strict=True))
            lines.append(
                f"{f'{job} {kind_or_level}':22} {wall_s:6.3f} {cpu_s:6.3f} {peak_mib:6.0f}   "
                f"{mib[0]:7.2f} {mib[1]:7.2f} {files_s:6.3f} {arithmetic_s:6.3f} "
                f"{wall_s / (files_s + arithmetic_s):6.1f}"
            )
    head = f"{'':22} wall s  CPU s    MiB   MiB in MiB out  files arithm.  times"
    sys.stdout.write("\n".join([head, *lines]) + "\n")


if __name__ == "__main__":
    main()
