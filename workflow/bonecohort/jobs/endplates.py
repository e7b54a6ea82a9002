"""Measure one vertebra's endplate defects from the marks its readers drew."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.endplate_markups import read_level, unnamed_lines
from bonecohort.annotations.endplate_reading import NOT_READ, EndplateReading, with_unlisted
from bonecohort.annotations.markups import Point, read_markups
from bonecohort.faults import DataFault
from bonecohort.jobs.records import excluded_record, image_source, write_record
from bonecohort.measures.endplates import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.study.layout import EXCLUDED, participant_folder, read_record

if TYPE_CHECKING:
    from collections.abc import Mapping

METHOD = "caliper.markups"
PATIENT_LEFT: Point = (1.0, 0.0, 0.0)


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``endplates/{level}.json``."""
    folder = participant_folder(results, task["participant_id"])
    path = folder / "endplates" / f"{task['level']}.json"
    try:
        write_record(path, _measured(task, folder))
    except DataFault as fault:
        write_record(path, excluded_record(task["participant_id"], task["level"], fault.reason))


def _measured(task: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    level = task["level"]
    normal = _slice_normal(task, folder)
    readings: list[EndplateReading] = []
    readers = [file["reader"] for file in task["files"]]
    for reader in dict.fromkeys(readers):
        markups = [
            markup
            for file in task["files"]
            if file["reader"] == reader
            for markup in read_markups(Path(file["path"]), image_source(task["t2"]))
        ]
        if unnamed := unnamed_lines(markups):
            raise DataFault(
                f"Markup '{unnamed[0].name}' in {unnamed[0].source} has no name of a measure; a "
                "name such as L3_sup_1_width is expected. Without it a defect would be missed."
            )
        reading = read_level(markups, level, reader, normal)
        readings += [reading] if reading else []
    readings = with_unlisted(level, readings, readers, task["unlisted_level"] == "normal")
    if not readings:
        raise DataFault(NOT_READ.format(level=level))
    vertebra = assess_vertebra(readings)
    rows = endplate_measurements(vertebra, METHOD) + reader_measurements(readings, METHOD)
    return {
        "participant_id": task["participant_id"],
        "level": level,
        "status": "measured",
        "reason": "",
        "flags": list(vertebra.flags),
        "defect_type": vertebra.defect_type,
        "readers": list(vertebra.readers),
        "readings": [dataclasses.asdict(reading) for reading in readings],
        "measurements": [dataclasses.asdict(row) for row in rows],
    }


def _slice_normal(task: Mapping[str, Any], folder: Path) -> Point:
    """Return the normal of the T2's slices, or the left-right axis where there is no T2."""
    if not task["t2"]["files"]:
        return PATIENT_LEFT
    record = read_record(folder / "t2_sagittal.json")
    orientation = record.get("ImageOrientationPatientDICOM")
    if record["status"] == EXCLUDED or orientation is None:
        return PATIENT_LEFT
    a, b, c, d, e, f = orientation
    return (b * f - c * e, c * d - a * f, a * e - b * d)
