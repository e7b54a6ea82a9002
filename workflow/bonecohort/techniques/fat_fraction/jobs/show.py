"""Show one participant's fat fraction map with the voxels that were measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.measures.mr.region import measured_regions
from bonecohort.report.pictures.sheet import save_drawn
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.fat_fraction.converted import participant_of
from bonecohort.techniques.fat_fraction.picture import draw_fat_fraction_qc
from bonecohort.techniques.fat_fraction.settings import MrFatSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/fat_fraction.png``."""
    folder = participant_folder(results, task["participant_id"])
    save_drawn(partial(_picture, task, folder), folder / "qc" / "fat_fraction.png")


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    settings = MrFatSettings(**task["settings"])
    participant = participant_of(task, folder)
    result = participant.fat_fractions(settings)
    regions = measured_regions(result.image, participant.bodies, settings.erosion_mm)
    records = [read_record(folder / "fat_fraction" / f"{level}.json") for level in task["sites"]]
    return draw_fat_fraction_qc(result.image, regions, records, folder.name, method=result.method)
