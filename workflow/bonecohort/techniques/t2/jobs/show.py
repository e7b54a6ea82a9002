"""Show one participant's image with the voxels that T2 was measured in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.measures.mr.labelled import labelled_bodies
from bonecohort.measures.mr.region import measured_regions
from bonecohort.report.pictures.sheet import save_drawn
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
    save_drawn(partial(_picture, task, folder), folder / "qc" / "t2.png")


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    image = shown_image(task, folder)
    erosion_mm = T2Settings(**task["settings"]).erosion_mm
    regions = measured_regions(image, labelled_bodies(task, "Images of T2").bodies, erosion_mm)
    records = [read_record(folder / "t2" / f"{level}.json") for level in task["sites"]]
    return draw_t2_qc(image, regions, records, folder.name)
