"""Show one participant's T1-weighted image with the regions that were measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.report.pictures.sheet import save_drawn
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.vbq.drawn import drawn_of
from bonecohort.techniques.vbq.inputs import scan_of
from bonecohort.techniques.vbq.picture import draw_vbq_qc

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/vbq.png``."""
    folder = participant_folder(results, task["participant_id"])
    save_drawn(partial(_picture, task, folder), folder / "qc" / "vbq.png")


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    image = scan_of(task, folder).image
    records = [read_record(folder / "vbq" / f"{level}.json") for level in task["sites"]]
    return draw_vbq_qc(image, drawn_of(task, image, records), records, folder.name)
