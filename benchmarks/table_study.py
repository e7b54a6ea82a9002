"""How long a table-only study takes, from its tables to the report, against Snakemake's own start.

uv run python benchmarks/table_study.py --participants 199
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bonecohort.demo.cohort import draw_cohort
from bonecohort.demo.tables import participants_text

REPOSITORY = Path(__file__).resolve().parents[1]
PLANES = ("upper", "middle", "lower")
ENDPLATE_COLUMNS = (
    "participant_id,level,endplate,defect,width_mm,depth_mm,"
    "body_width_mm,body_height_1_mm,body_height_2_mm"
)
EMPTY_WORKFLOW = "rule all:\n    input: []\n"


def write_study(folder: Path, participants: int, seed: int = 1) -> None:
    """Write a study whose HU and endplates come from tables, with the demo's true values."""
    cohort = draw_cohort(participants, seed)
    series, hu, endplates = [], [], []
    for participant in cohort:
        name = participant.participant_id
        series += [f"{name}\thu_table\thu.csv", f"{name}\tendplate_table\tendplates.csv"]
        for vertebra in participant.vertebrae:
            hu += [f"{name},{vertebra.level},{plane},{vertebra.hu:.1f}" for plane in PLANES]
            body = f"{vertebra.body_width_mm:.1f}" + 2 * f",{vertebra.body_height_mm:.1f}"
            endplates += [
                f"{name},{vertebra.level},{defect.endplate},{defect.number},"
                f"{defect.width_mm:.1f},{defect.depth_mm:.1f},{body}"
                for defect in vertebra.defects
            ]
    (folder / "config").mkdir(parents=True)
    (folder / "config/participants.tsv").write_text(participants_text(cohort))
    write_lines(folder / "config/series.tsv", "participant_id\tkind\tpath", series)
    write_lines(folder / "hu.csv", "participant_id,level,plane,hu", hu)
    write_lines(folder / "endplates.csv", ENDPLATE_COLUMNS, endplates)


def write_lines(path: Path, header: str, lines: list[str]) -> None:
    """Write a table."""
    path.write_text("\n".join([header, *lines]) + "\n")


def seconds(folder: Path, snakefile: Path, cores: int) -> float:
    """Return the wall time of one Snakemake run, which must succeed."""
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", snakefile, "--directory", folder,
        "--cores", str(cores), "--quiet", "all",
    ]  # fmt: skip
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print, in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=199)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "empty"
        empty.mkdir()
        (empty / "Snakefile").write_text(EMPTY_WORKFLOW)
        start = seconds(empty, empty / "Snakefile", options.cores)
        study = Path(scratch) / "study"
        write_study(study, options.participants)
        first = seconds(study, REPOSITORY / "Snakefile", options.cores)
        again = seconds(study, REPOSITORY / "Snakefile", options.cores)
    sys.stdout.write(
        f"{options.participants} participants, tables only, {options.cores} cores\n"
        f"  Snakemake's empty start   {start:6.1f} s\n"
        f"  from zero to the report   {first:6.1f} s   {first / start:5.1f} × the empty start\n"
        f"  nothing changed           {again:6.1f} s   {again / start:5.1f} × the empty start\n"
    )


if __name__ == "__main__":
    main()
