"""A small study of readings, assembled, with its review page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from bonecohort.cohort import tables
from bonecohort.cohort.collected import Collected, Flag
from bonecohort.cohort.frames import write_table
from bonecohort.cohort.left_out import leave_out
from bonecohort.cohort.readings import collect_readings
from bonecohort.report.page.review import review_page
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LEVELS = ("L1", "L2", "L3", "L4", "L5")
SPREAD = "plane_spread: 72.3 HU (limit 25)"
EXCLUSIONS = "participant_id\tsite\ttechnique\treason\treader\tdate\n"
REVIEW = "participant_id\tsite\ttechnique\tverdict\treason\treader\tdate\n"


def write_study(folder: Path, names: Sequence[str] = ("A", "B", "C")) -> Path:
    """Write a study with HU and endplate readings of each participant."""
    hu = [f"{name},{level},{plane},{100 + 10 * at + 40 * who}"
          for who, name in enumerate(names) for at, level in enumerate(LEVELS)
          for plane in ("upper", "middle", "lower")]  # fmt: skip
    files = {
        "config/participants.tsv": "participant_id\n" + "".join(f"{name}\n" for name in names),
        "config/series.tsv": "participant_id\tkind\tpath\n"
        + "".join(f"{name}\t{kind}\n" for name in names
                  for kind in ("hu_table\thu.csv", "endplate_table\tendplates.csv")),
        "config/config.yaml": "report: {title: \"A <b>study</b> & more\"}\n",
        "hu.csv": "\n".join(["participant_id,level,plane,hu", *hu]) + "\n",
        "endplates.csv": (
            "participant_id,level,endplate,defect,width_mm,depth_mm,body_width_mm,"
            f"body_height_1_mm,body_height_2_mm\n{names[0]},L3,superior,1,10,5,34,27,25\n"
        ),
    }  # fmt: skip
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def write_page(folder: Path, flags: Sequence[Flag] = ()) -> Path:
    """Assemble the study's tables, and write its review page; return the page's path."""
    study = load_study(folder)
    collected = Collected()
    collect_readings(study, folder, collected)
    collected.flags += flags
    leave_out(study, collected)
    for name, table in tables.cohort_tables(study, collected).items():
        write_table(folder / "results/tables" / f"{name}.csv", table)
    page = folder / "results/review.html"
    page.write_text(review_page(study, folder / "results"), encoding="utf-8")
    return page


def write_picture(folder: Path, name: str) -> None:
    """Write a picture of quality control where the jobs would."""
    path = folder / f"results/participants/{name}/qc/hounsfield.png"
    path.parent.mkdir(parents=True)
    Image.new("L", (60, 40)).save(path)
