"""Cut one participant's CT and label map into a small crop a vertebra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.vertebra.crops import VertebraCrop, save_crop
from bonecohort.measures.vertebra.labelled_ct import labelled_crops
from bonecohort.study.layout import participant_folder
from bonecohort.study.records import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SEGMENTED = "segment_vertebrae"
"""The rule that has the vertebrae labelled."""


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``crops/{level}.npz`` for every level; a fault is kept in the crop's place."""
    folder = participant_folder(results, task["participant_id"])
    crops: Mapping[str, VertebraCrop | str]
    try:
        crops = _crops(task, folder)
    except DataFault as fault:
        crops = dict.fromkeys(task["sites"], fault.reason)
    for level in task["sites"]:
        save_crop(folder / "crops" / f"{level}.npz", crops[level])


def _crops(task: Mapping[str, Any], folder: Path) -> Mapping[str, VertebraCrop | str]:
    if not files_of(task, "ct"):
        raise DataFault("A vertebra label map is listed, but no 'ct' to measure on.")
    listed = files_of(task, "vertebrae")
    if not listed and SEGMENTED not in task.get("after", {}):
        raise DataFault(
            "A 'ct' is listed without 'vertebrae' (a label map), 'hu_rois' or 'hu_table'; one of "
            "them, or the setting vertebrae.segment, is needed to measure it."
        )
    return labelled_crops(folder, listed[0] if listed else None, task["sites"])
