"""How planning and a run with nothing to do grow with the cohort.

uv run python benchmarks/growth.py --participants 200 1000 5000 10000
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING
from unittest import mock

from imaging_study import REPOSITORY, Cost, cost_of, workflow
from PIL import Image
from table_study import write_lines, write_study

from bonecohort.monitoring.up_to_date import rules_digest
from bonecohort.study.job_specs import participant_task
from bonecohort.study.job_table import Job, participant_jobs
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.provenance import mark_up_to_date, recording_provenance
from bonecohort.study.study import load_study
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_pixel = io.BytesIO()
Image.new("L", (1, 1)).save(_pixel, "PNG")
PIXEL = _pixel.getvalue()
IMAGE_KINDS = ("ct", "t2_sagittal", "vertebrae", "endplate_markups")


def write_imaging_study(folder: Path, participants: int) -> None:
    """Write a study whose participants have images by name and place; none is ever read."""
    (folder / "config").mkdir(parents=True)
    names = [f"P{number:05}" for number in range(participants)]
    scheme = "vertebrae: {label_scheme: totalsegmentator_v2}\n"
    (folder / "config/config.yaml").write_text(scheme)
    write_lines(folder / "config/participants.tsv", "participant_id", names)
    rows = [f"{name}\t{kind}\timages/{name}/{kind}" for name in names for kind in IMAGE_KINDS]
    write_lines(folder / "config/series.tsv", "participant_id\tkind\tpath", rows)
    for name in names:
        for kind in IMAGE_KINDS:
            file = folder / f"images/{name}/{kind}/1"
            file.parent.mkdir(parents=True)
            file.write_text(f"{name} {kind}")


def pretend_measured(folder: Path) -> None:
    """Leave what a run leaves of participants none of whose vertebrae could be measured."""
    with contextlib.chdir(folder), mock.patch("os.fsync"):
        study = load_study(Path())
        rules = rules_digest([])
        for name in study.included:
            for job in participant_jobs(study, name):
                task = json.loads(participant_task(study, name, job))
                with recording_provenance(job.calls, task):
                    path = participant_folder(Path("results"), name) / job.result
                    with whole_file(path) as unfinished:
                        unfinished.write_bytes(_result(name, job))
            mark_up_to_date(name, rules)


def _result(name: str, job: Job) -> bytes:
    if job.result.endswith(".png"):
        return PIXEL
    record = excluded_record(name, job.site, "made up") | {"kind": job.kind}
    return json.dumps(record).encode()


def run(study: Path) -> Cost:
    """Run the workflow on a study."""
    return workflow(study, 2)


def plan(study: Path) -> Cost:
    """Ask for the plan of a study."""
    return cost_of([sys.executable, "-m", "bonecohort", "plan", study], REPOSITORY)


def write_studies(scratch: Path, participants: int) -> dict[str, Callable[[], Cost]]:
    """Write the studies of one size, have each done once, and return what to measure of them."""
    new_tables, tables, new, done = (
        scratch / f"{what}{participants}" for what in ("new_tables", "tables", "new", "done")
    )
    write_study(new_tables, participants)
    write_study(tables, participants)
    run(tables)
    write_imaging_study(new, participants)
    plan(new)  # its files are to be read, once
    write_imaging_study(done, participants)
    with ProcessPoolExecutor(1) as pool:  # its memory is not to count as the benchmark's
        pool.submit(pretend_measured, done).result()
    run(done)
    return {
        "tables only, plan of all": lambda: plan(new_tables),
        "tables only, nothing to do": lambda: run(tables),
        "images, plan of all": lambda: plan(new),
        "images, nothing to do": lambda: run(done),
    }


def mean(costs: Sequence[Cost]) -> Cost:
    """Return the mean time and the largest memory."""
    return Cost(
        fmean(cost.wall_s for cost in costs),
        fmean(cost.cpu_s for cost in costs),
        max(cost.peak_mib for cost in costs),
    )


def main() -> None:
    """Measure all sizes in turns, up and down so that none meets a slower machine, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, nargs="+", default=[200, 1000, 5000, 10000])
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measures = {}
        for number in (1, *options.participants):
            sys.stderr.write(f"writing the studies of {number}\n")
            for what, measure in write_studies(Path(scratch), number).items():
                measures[number, what] = measure
        costs: dict[tuple[int, str], list[Cost]] = {key: [] for key in measures}
        for at in range(options.rounds):
            sys.stderr.write(f"round {at + 1} of {options.rounds}\n")
            for key in list(measures)[:: -1 if at % 2 else 1]:
                costs[key].append(measures[key]())
    means = {key: mean(found) for key, found in costs.items()}
    for (number, what), cost in means.items():
        beyond_s = cost.cpu_s - means[1, what].cpu_s
        sys.stdout.write(
            f"{number:6} participants, {what:27} {cost.wall_s:6.1f} s wall, {cost.cpu_s:6.1f} s "
            f"CPU, {1000 * cost.cpu_s / number:7.2f} ms CPU a participant, "
            f"{1000 * beyond_s / number:6.2f} beyond the first, {cost.peak_mib:4.0f} MiB\n"
        )


if __name__ == "__main__":
    main()
