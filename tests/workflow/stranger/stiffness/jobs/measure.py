"""Measure the stiffness of one specimen: the slope of its curve."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.measures.measurement import Measurement
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import files_of, write_record

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``stiffness/{site}.json``."""
    site = task["site"]
    (file,) = files_of(task, "load_curve")
    curve = np.loadtxt(Path(file["path"]), delimiter=",", skiprows=1)
    fitted = curve[curve[:, 0] >= task["settings"]["from_mm"]]
    if len(fitted) < 2:
        reason = f"{site}: {len(fitted)} points of the curve; 2 or more are needed."
        record = excluded_record(task["participant_id"], site, reason)
    else:
        slope = float(np.polyfit(fitted[:, 0], fitted[:, 1], 1)[0])
        row = Measurement(site, "lab", "stiffness", slope, "N/mm", "slope.v1", "")
        record = {"participant_id": task["participant_id"], "level": site, "status": "measured",
                  "reason": "", "flags": [], "measurements": [dataclasses.asdict(row)]}  # fmt: skip
    path = participant_folder(results, task["participant_id"]) / f"stiffness/{site}.json"
    write_record(path, record)
