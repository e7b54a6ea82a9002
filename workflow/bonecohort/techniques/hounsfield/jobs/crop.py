"""Cut one participant's CT and label map into a small crop a vertebra."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.annotations.marks.mark_checks import check_frame
from bonecohort.faults import DataFault
from bonecohort.images.grid import grid_of
from bonecohort.images.nifti import read_nifti
from bonecohort.study.layout import EXCLUDED, label_map_path, participant_folder, read_record
from bonecohort.study.records import files_of
from bonecohort.techniques.hounsfield.crops import VertebraCrop, prepare_crops, save_crop
from bonecohort.techniques.hounsfield.scale import with_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    record = read_record(folder / "ct.json")
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    listed = files_of(task, "vertebrae")
    segmented = SEGMENTED in task.get("after", {})
    if not listed and not segmented:
        raise DataFault(
            "A 'ct' is listed without 'vertebrae' (a label map), 'hu_rois' or 'hu_table'; one of "
            "them, or the setting vertebrae.segment, is needed to measure it."
        )
    path = label_map_path(folder) if segmented else Path(listed[0]["path"])
    labels = read_label_map(path)
    if grid := grid_of(record):
        check_frame("The vertebra label map", labels.frame_of_reference, grid, "CT")
    # A program names its vertebrae itself, whatever numbers the label maps given have.
    scheme = labels.numbers(None if segmented else listed[0]["label_scheme"])
    if segmented and not np.isin(labels.volume.array, list(scheme.values())).any():
        raise DataFault(
            "The automatic segmentation found no vertebra on the CT: does it show the lumbar spine?"
        )
    crops = prepare_crops(read_nifti(folder / "ct.nii.gz"), labels, scheme, task["sites"])
    return with_scale(crops, record)
