"""Show one participant's ADC map with the voxels that were measured."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.region import measured_regions
from bonecohort.report.pictures.sheet import save_drawn
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
    save_drawn(partial(_picture, task, folder), folder / "qc" / "dwi.png")


def _picture(task: Mapping[str, Any], folder: Path) -> Figure:
    settings = DwiSettings(**task["settings"])
    participant = participant_of(task, folder)
    sources = list(participant.sources(settings).values())
    measured = [one for one in sources if not isinstance(one, DataFault)]
    if not measured:
        raise DataFault(" ".join(one.reason for one in sources if isinstance(one, DataFault)))
    adc = measured[0].adc
    regions = measured_regions(adc, participant.labelled.bodies, settings.erosion_mm)
    records = [read_record(folder / "dwi" / f"{level}.json") for level in task["sites"]]
    return draw_dwi_qc(adc, regions, records, folder.name)
