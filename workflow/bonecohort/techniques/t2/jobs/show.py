"""Show one participant's image with the voxels that T2 was measured in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.bodies import VertebralBody
from bonecohort.measures.mr.labelled import labelled_bodies
from bonecohort.measures.mr.region import measured_region
from bonecohort.report.pictures.sheet import message_sheet, save_picture
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.t2.converted import shown_image
from bonecohort.techniques.t2.picture import draw_t2_qc
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/t2.png``."""
    folder = participant_folder(results, task["participant_id"])
    try:
        figure = _picture(task, folder)
    except DataFault as fault:
        figure = message_sheet(folder.name, fault.reason)
    save_picture(figure, folder / "qc" / "t2.png")


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    image = shown_image(task, folder)
    erosion_mm = T2Settings(**task["settings"]).erosion_mm
    regions = {
        level: measured_region(image, body, erosion_mm)
        for level, body in labelled_bodies(task, "Images of T2").bodies.items()
        if isinstance(body, VertebralBody)
    }
    records = [read_record(folder / "t2" / f"{level}.json") for level in task["sites"]]
    return draw_t2_qc(image, regions, records, folder.name)
