"""Measure one vertebra's endplate defects from the marks its readers drew."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.contradictions import check_marks
from bonecohort.annotations.endplate_markups import marks_of_levels, read_level, unnamed_lines
from bonecohort.annotations.endplate_reading import NOT_READ, with_unlisted
from bonecohort.faults import DataFault
from bonecohort.jobs.readers import converted_grid, marks_by_reader
from bonecohort.jobs.records import write_record
from bonecohort.measures.endplates import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.study.layout import excluded_record, participant_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bonecohort.annotations.markups import Markup, Point

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
    grid = converted_grid(task["t2"], folder / "t2_sagittal.json")
    marks = marks_by_reader(task["files"], task["t2"])
    for markups in marks.values():
        _refuse_unnamed(markups)
    by_reader = {reader: marks_of_levels(markups) for reader, markups in marks.items()}
    check_marks(by_reader, level, grid, "sagittal T2")
    normal = grid.sagittal_normal() if grid else PATIENT_LEFT
    found = [read_level(markups, level, reader, normal) for reader, markups in marks.items()]
    readings = with_unlisted(
        level, [reading for reading in found if reading], marks, task["unlisted_level"] == "normal"
    )
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


def _refuse_unnamed(markups: Iterable[Markup]) -> None:
    if unnamed := unnamed_lines(markups):
        raise DataFault(
            f"Markup '{unnamed[0].name}' in {unnamed[0].source} has no name of a measure; a "
            "name such as L3_sup_1_width is expected. Without it a defect would be missed."
        )
