"""How planning and a run with nothing to do grow with the cohort.

uv run python benchmarks/growth.py --participants 200 1000 5000 10000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from imaging_study import EMPTY_WORKFLOW, REPOSITORY, Cost, cost_of, snakemake
from table_study import write_lines, write_study

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


def plan(study: Path) -> Cost:
    """Ask for the plan of a study."""
    return cost_of([sys.executable, "-m", "bonecohort", "plan", study], REPOSITORY)


def main() -> None:
    """Measure and print, in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, nargs="+", default=[200, 1000, 5000, 10000])
    options = parser.parse_args()
    workflow = REPOSITORY / "Snakefile"
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "empty"
        empty.mkdir()
        (empty / "Snakefile").write_text(EMPTY_WORKFLOW)
        start = snakemake(empty / "Snakefile", empty, 2)
        sys.stdout.write(f"Snakemake's empty start {start.wall_s:.1f} s\n")
        for number in options.participants:
            tables, images = (Path(scratch) / f"{what}{number}" for what in ("tables", "images"))
            write_study(tables, number)
            snakemake(workflow, tables, 2)
            write_imaging_study(images, number)
            plan(images)  # its files are new once
            measured = {
                "tables only, nothing to do": snakemake(workflow, tables, 2),
                "images, plan": plan(images),
            }
            for what, cost in measured.items():
                each_ms = 1000 * (cost.wall_s - start.wall_s) / number
                sys.stdout.write(
                    f"{number:6} participants, {what:27} {cost.wall_s:7.1f} s, "
                    f"{each_ms:6.2f} ms a participant beyond the start, {cost.peak_mib:5.0f} MiB\n"
                )
                sys.stdout.flush()


if __name__ == "__main__":
    main()
