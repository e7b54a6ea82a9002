"""Measure the stiffness of one specimen: the slope of its curve."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.measurement import Measurement
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import files_of, write_record

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``stiffness/{site}.json``."""
    site = task["site"]
    (file,) = files_of(task, "load_curve")
    try:
        slope = stiffness(Path(file["path"]), task["settings"]["from_mm"])
    except DataFault as fault:
        record = excluded_record(task["participant_id"], site, fault.reason)
    else:
        row = Measurement(site, "lab", "stiffness", slope, "N/mm", "slope.v1", "")
        record = {"participant_id": task["participant_id"], "level": site, "status": "measured",
                  "reason": "", "flags": [], "measurements": [dataclasses.asdict(row)]}  # fmt: skip
    path = participant_folder(results, task["participant_id"]) / f"stiffness/{site}.json"
    write_record(path, record)


def stiffness(path: Path, from_mm: float) -> float:
    """Return the slope of a load curve from a displacement on, in N/mm.

    Raises
    ------
    DataFault
        The file is no table of numbers, or holds fewer than two points of the slope.
    """
    try:
        curve = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)
    except (OSError, ValueError) as error:
        raise DataFault(f"{path} is no table of displacements and loads.") from error
    fitted = curve[curve[:, 0] >= from_mm]
    if len(fitted) < 2:
        raise DataFault(f"{path} has {len(fitted)} points of the slope; 2 or more are needed.")
    return float(np.polyfit(fitted[:, 0], fitted[:, 1], 1)[0])
