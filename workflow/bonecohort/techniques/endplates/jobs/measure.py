"""Measure one vertebra's endplate defects from the marks its readers drew."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.marks.mark_checks import check_marks
from bonecohort.annotations.marks.readers import ReadersMarks, converted_grid, marks_of_readers
from bonecohort.annotations.marks.reading import Unread
from bonecohort.faults import DataFault
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record
from bonecohort.techniques.endplates.defects import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.techniques.endplates.markups import (
    marks_of_levels,
    other_drawings,
    read_level,
    unnamed_lines,
)
from bonecohort.techniques.endplates.reading import NOT_READ, with_unlisted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bonecohort.annotations.marks.markup import Markup, Point

METHOD = "caliper.markups"
PATIENT_LEFT: Point = (1.0, 0.0, 0.0)


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``endplates/{level}.json``."""
    participant_id, level = task["participant_id"], task["site"]
    folder = participant_folder(results, participant_id)
    flags: list[str] = []
    try:
        marks = marks_of_readers(task, "endplate_markups", "t2_sagittal")
        add_unnamed(marks)
        flags = marks.flags()
        record = _measured(task, folder, marks)
        record["flags"] += flags
    except DataFault as fault:
        record = excluded_record(participant_id, level, fault.reason, flags)
    write_record(folder / "endplates" / f"{level}.json", record)


def add_unnamed(marks: ReadersMarks) -> None:
    """Add to what is unread the drawings that say nothing of what they measure."""
    for reader, markups in marks.by_reader.items():
        for markup in other_drawings(markups):
            why = (
                f"Markup '{markup.name}' in {markup.source} is a {markup.type} without a name of a "
                "measure."
            )
            marks.unread.setdefault(reader, []).append(Unread(markup.source, why))


def _measured(task: Mapping[str, Any], folder: Path, marks: ReadersMarks) -> dict[str, Any]:
    level = task["site"]
    grid = converted_grid(task, "t2_sagittal", folder)
    for markups in marks.by_reader.values():
        _refuse_unnamed(markups)
    by_level = {reader: marks_of_levels(result) for reader, result in marks.by_reader.items()}
    check_marks(by_level, level, grid, "sagittal T2")
    normal = grid.sagittal_normal() if grid else PATIENT_LEFT
    result = [
        read_level(markups, level, reader, normal) for reader, markups in marks.by_reader.items()
    ]
    readings = with_unlisted(
        level,
        [reading for reading in result if reading],
        marks.by_reader,
        task["settings"]["unlisted_level"] == "normal",
        marks.unread,
    )
    if not readings:
        raise DataFault(marks.why_unread() or NOT_READ.format(level=level))
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
