"""Show one participant's Hounsfield regions: a picture, and markups to correct in Slicer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.annotations.marks.markup import Markup
from bonecohort.annotations.marks.slicer_json import write_markups
from bonecohort.images.nifti import read_nifti
from bonecohort.report.pictures.sheet import message_sheet, save_picture
from bonecohort.study.layout import EXCLUDED, participant_folder, read_record
from bonecohort.techniques.hounsfield.picture import draw_hounsfield_qc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qc/hounsfield.png`` and ``hu_rois.mrk.json``."""
    participant_id = task["participant_id"]
    folder = participant_folder(results, participant_id)
    levels = [read_record(folder / "hounsfield" / f"{level}.json") for level in task["sites"]]
    write_markups(folder / "hu_rois.mrk.json", [roi for record in levels for roi in _rois(record)])
    save_picture(_picture(folder, levels), folder / "qc" / "hounsfield.png")


def _picture(folder: Path, levels: Sequence[Mapping[str, Any]]) -> Figure:
    ct_record = folder / "ct.json"
    if not ct_record.is_file():
        return message_sheet(folder.name, "No CT is listed for this participant.")
    record = read_record(ct_record)
    if record["status"] == EXCLUDED:
        return message_sheet(folder.name, record["reason"])
    return draw_hounsfield_qc(read_nifti(folder / "ct.nii.gz"), levels, folder.name)


def _rois(record: Mapping[str, Any]) -> list[Markup]:
    """Return a vertebra's regions as closed curves, named so that they are read back."""
    return [
        Markup(
            type="ClosedCurve",
            name=f"{record['level']}_{roi['plane']}",
            points_lps_mm=tuple((x, y, z) for x, y, z in roi["polygon_lps_mm"]),
        )
        for roi in record.get("rois", ())
    ]
