"""A study of readings and phantoms supplied as tables, with known densities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from bonecohort.jobs import cohort
from bonecohort.study import job_specs
from bonecohort.study.study import load_study
from bonecohort.techniques.qct.jobs import calibrate, show

LEVELS = ("L1", "L2", "L3", "L4", "L5")
PLANES = ("upper", "middle", "lower")
OFFSET = {"upper": -4.0, "middle": 0.0, "lower": 4.0}
RODS = (-50.0, 0.0, 50.0, 100.0, 200.0)
PHANTOM = "bmd: {phantom: {equivalent: K2HPO4}}\n"
QUESTION = """\
variables:
  fracture: {label: Fracture, type: categorical, levels: ['no', 'yes']}
analyses:
  - table1: {by: fracture, rows: [age_years, qct_vbmd, qct_vbmd_L1-L3, qct_vbmd_L1]}
  - roc: {of: fracture, predictors: [qct_vbmd]}
  - regression: {outcome: fracture, terms: [age_years, qct_vbmd]}
"""


def line_of(place):
    """Return slope and intercept of a participant's scan."""
    return 0.75 + 0.01 * (place % 8), -8.0 + place % 5


def hu_of(density, place):
    slope, intercept = line_of(place)
    return (density - intercept) / slope


def write_study(folder: Path, n: int, config: str = PHANTOM) -> dict[str, dict[str, float]]:
    """Write the study; return the true densities in mg/cm³, by participant and level."""
    draw = np.random.default_rng(4)
    people, series = ["participant_id\tage_years\tfracture"], ["participant_id\tkind\tpath"]
    readings, truth = ["participant_id,level,plane,hu"], {}
    (folder / "config").mkdir(parents=True)
    for place in range(n):
        name = f"Q{place:02}"
        age, centre = int(draw.integers(50, 85)), float(draw.normal(110, 30))
        fracture = draw.random() < 1 / (1 + np.exp((centre - 100) / 15))
        people.append(f"{name}\t{age}\t{('no', 'yes')[int(fracture)]}")
        truth[name] = {level: centre - 2.0 * at for at, level in enumerate(LEVELS)}
        readings += [
            f"{name},{level},{plane},{hu_of(density, place) + OFFSET[plane]!r}"
            for level, density in truth[name].items()
            for plane in PLANES
        ]
        series += [f"{name}\thu_table\thu.csv", f"{name}\tqct_rods\trods/{name}.csv"]
        write_rods(folder / f"rods/{name}.csv", [hu_of(density, place) for density in RODS])
    for path, lines in (
        ("config/participants.tsv", people), ("config/series.tsv", series), ("hu.csv", readings),
    ):  # fmt: skip
        (folder / path).write_text("\n".join(lines) + "\n")
    (folder / "config/config.yaml").write_text(config)
    return truth


def write_rods(path, hu, densities=RODS):
    path.parent.mkdir(exist_ok=True)
    rows = [
        f"{at},{density},{own!r}"
        for at, (density, own) in enumerate(zip(densities, hu, strict=True))
    ]
    path.write_text("\n".join(["rod,density,hu", *rows]) + "\n")


def run_jobs(pictures=False):
    """Run the technique's jobs and the assembly of the tables, in the working folder."""
    job_specs.contents.cache_clear()  # it is of one run, in one folder
    study, results = load_study(Path()), Path("results")
    for name in study.included:
        for rule, job in (("calibrate_qct", calibrate), ("show_qct", show)):
            if rule == "calibrate_qct" or pictures:
                job.run(json.loads(job_specs.stage_task(study, name, rule)), results)
    task = json.loads(job_specs.cohort_task(study, {}))
    (results / "tables").mkdir(parents=True, exist_ok=True)
    cohort.run(task, results)
    return study
