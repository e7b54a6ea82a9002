"""Show what calibrated one participant's CT: rods or tissue samples, and the line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.report.pictures.sheet import save_drawn
from bonecohort.study.layout import EXCLUDED, participant_folder, read_record
from bonecohort.techniques.qct.inputs import ct_and_labels, path_of, vertebrae_of
from bonecohort.techniques.qct.picture import Shown, draw_calibration
from bonecohort.techniques.qct.rod_map import measure_rods
from bonecohort.techniques.qct.sample_table import is_table
from bonecohort.techniques.qct.settings import settings_of
from bonecohort.techniques.qct.tissue_map import tissue_regions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matplotlib.figure import Figure


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/qct.png``."""
    folder = participant_folder(results, task["participant_id"])
    record = read_record(folder / "qct" / "calibration.json")
    save_drawn(partial(_picture, task, folder, record), folder / "qc" / "qct.png")


def _picture(task: Mapping[str, Any], folder: Path, record: Mapping[str, Any]) -> Figure:
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    return draw_calibration(record, _shown(task, folder), folder.name)


def _shown(task: Mapping[str, Any], folder: Path) -> Shown | None:
    """Return what was measured on the CT; None where a table held it."""
    settings = settings_of(task)
    kind = next(kind for kind in ("qct_rods", "tissue_samples") if path_of(task, kind))
    path = path_of(task, kind)
    if path is None or is_table(path):
        return None
    ct, labels = ct_and_labels(task, kind, folder)
    if kind == "qct_rods":
        result = measure_rods(ct, labels.volume, settings.phantom.rods, vertebrae_of(task, folder))
        return Shown(
            ct, {str(number): region for number, region in result.regions.items()}, together=True
        )
    regions = tissue_regions(ct, labels, settings.tissues)
    return Shown(ct, {str(name): region for name, region in regions.items()}, together=False)
