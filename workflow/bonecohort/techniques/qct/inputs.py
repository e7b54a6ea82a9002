"""What the jobs of calibrated CT read of a participant: the CT, its label maps, its vertebrae."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.labels.label_map import CALLED
from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.grid import FRAME_KEY
from bonecohort.images.nifti import read_nifti
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.records import files_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.annotations.labels.label_map import LabelMap
    from bonecohort.images.volume import FloatArray, Volume

WHAT = {"qct_rods": "The label map of the rods", "tissue_samples": "The label map of the tissues"}


def path_of(task: Mapping[str, Any], kind: str) -> Path | None:
    """Return the path of a participant's file of a kind; None without one."""
    listed = files_of(task, kind)
    return Path(listed[0]["path"]) if listed else None


def header_of(task: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return the sidecar of the converted CT; empty without one."""
    if not files_of(task, "ct"):
        return {}
    record = read_record(folder / "ct.json")
    return {} if record["status"] == EXCLUDED else record


def ct_and_labels(task: Mapping[str, Any], kind: str, folder: Path) -> tuple[Volume, LabelMap]:
    """Return the converted CT, and the label map of a kind that lies on it.

    Raises
    ------
    DataFault
        There is no CT, one of them cannot be read, or their frames of reference differ.
    """
    path = path_of(task, kind)
    if path is None or not files_of(task, "ct"):
        raise DataFault(f"'{kind}' is listed as a label map, but no 'ct' to measure it on.")
    record = read_record(folder / "ct.json")
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    try:
        labels = read_label_map(path, every_segment=True)
    except DataFault as fault:
        raise DataFault(fault.reason.replace(CALLED, WHAT[kind])) from fault
    frames = {labels.frame_of_reference, str(record.get(FRAME_KEY) or "")} - {""}
    if len(frames) > 1:
        raise DataFault(
            f"{WHAT[kind]} has another frame of reference than the CT: it was drawn on another "
            "scan."
        )
    return read_nifti(folder / "ct.nii.gz"), labels


def vertebrae_of(task: Mapping[str, Any], folder: Path) -> dict[str, FloatArray]:
    """Return the centres of the regions measured on the CT by level, LPS mm, shape (n, 3)."""
    result = {}
    for level in task["sites"]:
        path = folder / "hounsfield" / f"{level}.json"
        rois = read_record(path)["rois"] if path.is_file() else []
        if rois:
            result[level] = np.array([roi["center_lps_mm"] for roi in rois], dtype=float)
    return result
