"""Show one participant's ADC map with the voxels that were measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.bodies import VertebralBody
from bonecohort.measures.mr.region import measured_region
from bonecohort.report.pictures.sheet import message_sheet, save_picture
from bonecohort.study.layout import participant_folder, read_record
from bonecohort.techniques.dwi.converted import participant_of
from bonecohort.techniques.dwi.picture import draw_dwi_qc
from bonecohort.techniques.dwi.settings import DwiSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/dwi.png``."""
    folder = participant_folder(results, task["participant_id"])
    try:
        figure = _picture(task, folder)
    except DataFault as fault:
        figure = message_sheet(folder.name, fault.reason)
    save_picture(figure, folder / "qc" / "dwi.png")


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    settings = DwiSettings(**task["settings"])
    participant = participant_of(task, folder)
    sources = list(participant.sources(settings).values())
    measured = [one for one in sources if not isinstance(one, DataFault)]
    if not measured:
        raise DataFault(" ".join(one.reason for one in sources if isinstance(one, DataFault)))
    adc = measured[0].adc
    regions = {
        level: measured_region(adc, body, settings.erosion_mm)
        for level, body in participant.labelled.bodies.items()
        if isinstance(body, VertebralBody)
    }
    records = [read_record(folder / "dwi" / f"{level}.json") for level in task["sites"]]
    return draw_dwi_qc(adc, regions, records, folder.name)
