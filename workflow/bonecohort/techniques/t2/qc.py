"""Write the QC picture of one participant."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.measures.mr.labelled import labelled_bodies
from bonecohort.measures.mr.region import measured_regions
from bonecohort.report.pictures.sheet import save_drawn
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.t2.picture import draw_t2_qc
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from matplotlib.figure import Figure

    from bonecohort.images.volume import Volume

    ImageOf = Callable[[Mapping[str, Any], Path], Volume]


def save_qc(task: Mapping[str, Any], results: Path, image_of: ImageOf, name: str) -> None:
    """Write ``qc/NAME.png`` of the records in ``NAME/``.

    Parameters
    ----------
    image_of
        Gives what was measured on, by the task and the participant's folder.
    """
    folder = participant_folder(results, task["participant_id"])
    save_drawn(partial(_picture, task, folder, image_of, name), folder / "qc" / f"{name}.png")


def _picture(task: Mapping[str, Any], folder: Path, image_of: ImageOf, name: str) -> Figure:
    image = image_of(task, folder)
    erosion_mm = T2Settings(**task["settings"]).erosion_mm
    regions = measured_regions(image, labelled_bodies(task, "Images").bodies, erosion_mm)
    records = [read_record(folder / name / f"{level}.json") for level in task["sites"]]
    return draw_t2_qc(image, regions, records, folder.name)
