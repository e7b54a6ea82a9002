"""What the densities of one participant cost by calibrated CT and by DXA, beside reading the files.

uv run python benchmarks/density.py

The CT has 200 slices of 512 × 512 voxels, with five rods below the body and samples of five tissues
within it. The DXA table has eight regions of each of 1000 participants.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from conversion import draw_abdomen

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.cohort.collected import Collected
from bonecohort.images.nifti import read_nifti, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.study import load_study
from bonecohort.study.tables import read_table
from bonecohort.techniques.dxa.readings import add_readings, files_of_study
from bonecohort.techniques.qct.internal import calibrate_by_tissues
from bonecohort.techniques.qct.jobs import calibrate
from bonecohort.techniques.qct.rod_map import calibrate_by_map
from bonecohort.techniques.qct.settings import EVERY_TISSUE, PhantomSettings
from bonecohort.techniques.qct.tissue_map import LABELS, measure_tissues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bonecohort.images.volume import FloatArray

MOST_CPU_S = 0.1
"""What a participant's calibration may cost beside reading its inputs."""
PHANTOM = PhantomSettings("K2HPO4", {1: -50.0, 2: 0.0, 3: 50.0, 4: 100.0, 5: 200.0})
ROD_X_MM = (-50.0, -25.0, 0.0, 25.0, 50.0)
ROD_Y_MM, ROD_RADIUS_MM, ROD_NOISE_HU = 150.0, 8.0, 12.0
SLOPE, INTERCEPT = 0.82, -6.0
TISSUES = {"adipose": -100.0, "air": -1000.0, "blood": 42.0, "bone": 1100.0, "muscle": 50.0}
TISSUE_X_MM = (-60.0, -30.0, 0.0, 30.0, 60.0)
TISSUE_Y_MM, TISSUE_RADIUS_MM = -60.0, 5.0
LEVELS_FROM_TOP, PLANE_MM = (0.3, 0.45, 0.6), 7.0
"""Place of L1 to L3 as a part of the height, and distance of their outer regions."""
FOLDER = Path("results/participants/P1")
KINDS = {"qct_rods": Path("rods.nii.gz"), "tissue_samples": Path("tissues.nii.gz")}
REGIONS = ("L1", "L2", "L3", "L4", "L1-L4", "Neck", "Troch", "Total hip")


def write_scan(n_slices: int) -> None:
    """Write a converted CT with its label maps and the places of three vertebrae."""
    ct = draw_abdomen(n_slices)
    draw = np.random.default_rng(2)
    x, y = (ct.affine_lps[at, 3] + ct.affine_lps[at, at] * np.arange(512) for at in (0, 1))
    places = {
        "qct_rods": [
            (number, (density - INTERCEPT) / SLOPE, across, ROD_Y_MM, ROD_RADIUS_MM)
            for (number, density), across in zip(PHANTOM.rods.items(), ROD_X_MM, strict=True)
        ],
        "tissue_samples": [
            (number, TISSUES[tissue], across, TISSUE_Y_MM, TISSUE_RADIUS_MM)
            for (number, tissue), across in zip(LABELS.items(), TISSUE_X_MM, strict=True)
        ],
    }
    for kind, drawn in places.items():
        labels = np.zeros(ct.array.shape, np.int16, order="F")
        for number, hu, across, down, radius in drawn:
            inside = np.hypot(x[:, None] - across, y[None, :] - down) <= radius
            noise = draw.normal(0, ROD_NOISE_HU, (int(inside.sum()), n_slices))
            ct.array[inside] = np.rint(hu + noise)
            labels[inside] = number
        write_nifti(KINDS[kind], Volume(labels, ct.affine_lps))
    (FOLDER / "hounsfield").mkdir(parents=True)
    write_nifti(FOLDER / "ct.nii.gz", ct)
    header = {"status": "converted", "reason": "", "KVP": 120}
    (FOLDER / "ct.json").write_text(json.dumps(header), encoding="utf-8")
    for level, places_lps_mm in vertebrae(ct).items():
        rois = [{"center_lps_mm": one} for one in places_lps_mm.tolist()]
        path = FOLDER / f"hounsfield/{level}.json"
        path.write_text(json.dumps({"rois": rois}), encoding="utf-8")


def vertebrae(ct: Volume) -> dict[str, FloatArray]:
    """Return the centres of three regions of each of three vertebrae, LPS mm."""
    foot, height_mm = ct.affine_lps[2, 3], ct.spacing_mm[2] * ct.array.shape[2]
    return {
        f"L{at}": np.array([
            [0.0, 45.0, foot + height_mm * (1 - below) + step]
            for step in (-PLANE_MM, 0.0, PLANE_MM)
        ])
        for at, below in enumerate(LEVELS_FROM_TOP, start=1)
    }  # fmt: skip


def task_of(kind: str) -> dict[str, Any]:
    """Return the task of a calibration."""
    return {
        "participant_id": "P1",
        "sites": ["L1", "L2", "L3"],
        "columns": {},
        "files": {
            "ct": [{"path": "ct", "reader": "1"}],
            kind: [{"path": str(KINDS[kind]), "reader": "1"}],
        },
        "settings": {"phantom": {"equivalent": PHANTOM.equivalent, "rods": dict(PHANTOM.rods)}},
    }


def write_dxa(n_participants: int) -> None:
    """Write a study of one DXA table."""
    names = [f"P{number:04}" for number in range(1, n_participants + 1)]
    Path("config").mkdir()
    draw = np.random.default_rng(3)
    rows = ["participant_id,region,bmd,bmc,area,t_score,manufacturer,scan_date"]
    for name in names:
        area = draw.uniform(11, 17, 4)
        bmc = area * draw.uniform(0.7, 1.1, 4)
        sizes = [*zip(bmc, area, strict=True), (bmc.sum(), area.sum())]
        sizes += [(3.4, 4.8), (6.4, 10.1), (28.0, 32.8)]
        rows += [
            f"{name},{region},{mass / cm2:.4f},{mass:.3f},{cm2:.3f},-1.5,Hologic,2024-03-05"
            for region, (mass, cm2) in zip(REGIONS, sizes, strict=True)
        ]
    people = ["participant_id,age_years,sex", *(f"{name},68,female" for name in names)]
    series = ["participant_id\tkind\tpath", *(f"{name}\tdxa\tdxa.csv" for name in names)]
    for path, lines in (
        ("dxa.csv", rows), ("config/participants.csv", people), ("config/series.tsv", series),
        ("config/config.yaml", ["analyses: [{table1: {by: sex, rows: [dxa_bmd]}}]"]),
    ):  # fmt: skip
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def cpu_s(work: Callable[[], object], repeats: int) -> float:
    """Return the median CPU time of some work."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def of_scan(kind: str, repeats: int) -> str:
    """Return a line of what a calibration takes."""
    path, task = KINDS[kind], task_of(kind)
    ct = read_nifti(FOLDER / "ct.nii.gz")
    labels = read_label_map(path, every_segment=True)
    beside: Mapping[str, Callable[[], object]] = {
        "qct_rods": lambda: calibrate_by_map(ct, labels.volume, PHANTOM, vertebrae(ct)),
        "tissue_samples": lambda: calibrate_by_tissues(
            measure_tissues(ct, labels, EVERY_TISSUE), EVERY_TISSUE
        ),
    }
    own = cpu_s(beside[kind], repeats)
    reading = cpu_s(
        lambda: (read_nifti(FOLDER / "ct.nii.gz"), read_label_map(path, every_segment=True)),
        repeats,
    )
    whole = cpu_s(lambda: calibrate.run(task, Path("results")), repeats)
    record = json.loads((FOLDER / "qct/calibration.json").read_text(encoding="utf-8"))
    if record["status"] != "measured":
        raise SystemExit(record["reason"])
    return (
        f"  {kind:14} {own:.3f} s of {MOST_CPU_S} s beside reading ({reading:.2f} s), ratio "
        f"{own / reading:.2f}; the whole job {whole:.2f} s, {whole / reading:.2f} × reading"
    )


def of_dxa(n_participants: int, repeats: int) -> str:
    """Return a line of what the DXA of a participant takes."""
    write_dxa(n_participants)
    study = load_study(Path())
    reading = cpu_s(lambda: read_table(Path("dxa.csv")), repeats)

    def all_of_them() -> None:
        files = files_of_study(study, Path())
        for name in study.included:
            add_readings(study, name, files, Collected())

    whole = cpu_s(all_of_them, repeats)
    own_ms = 1000 * (whole - reading) / n_participants
    return (
        f"  {'dxa':14} {own_ms:.2f} ms beside reading ({1000 * reading / n_participants:.2f} ms), "
        f"ratio {(whole - reading) / reading:.1f}"
    )


def main() -> None:
    """Measure and print, in one run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--slices", type=int, default=200)
    parser.add_argument("--participants", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        write_scan(asked.slices)
        lines = [f"CPU time a participant, median of {asked.repeats} runs"]
        lines += [of_scan(kind, asked.repeats) for kind in KINDS]
        lines.append(of_dxa(asked.participants, asked.repeats))
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
