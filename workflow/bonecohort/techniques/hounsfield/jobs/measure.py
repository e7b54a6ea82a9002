"""Measure one vertebra's HU, in automatic regions or in those its readers drew."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.marks.mark_checks import check_marks
from bonecohort.annotations.marks.readers import converted_grid, marks_of_readers
from bonecohort.faults import DataFault
from bonecohort.measures.vertebra.crops import load_crop
from bonecohort.measures.vertebra.ct_scale import scale_flags
from bonecohort.study.layout import EXCLUDED, participant_folder, read_record
from bonecohort.study.records import files_of, write_record
from bonecohort.techniques.hounsfield.labelled import check_regions_in_label
from bonecohort.techniques.hounsfield.markups import marks_of_levels, read_regions
from bonecohort.techniques.hounsfield.measure import measure_vertebra
from bonecohort.techniques.hounsfield.reader_rois import READER_METHOD, measure_reader_vertebra
from bonecohort.techniques.hounsfield.record import to_record, unmeasured_record
from bonecohort.techniques.hounsfield.scale import check_trabecular
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings
from bonecohort.techniques.hounsfield.vertebra_hu import mean_of_readers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.annotations.marks.markup import Markup
    from bonecohort.images.volume import FloatArray, Volume


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``hounsfield/{level}.json``."""
    participant_id, level = task["participant_id"], task["site"]
    folder = participant_folder(results, participant_id)
    settings = HounsfieldSettings(**task["settings"])
    try:
        if not files_of(task, "hu_rois"):
            crop = load_crop(folder / "crops" / f"{level}.npz")
            result = check_trabecular(measure_vertebra(crop, settings))
            record = to_record(participant_id, result)
        else:
            record = _readers_record(task, folder, settings)
    except DataFault as fault:
        record = unmeasured_record(participant_id, level, fault)
    write_record(folder / "hounsfield" / f"{level}.json", record)


def _readers_record(
    task: Mapping[str, Any], folder: Path, settings: HounsfieldSettings
) -> dict[str, Any]:
    """Return the record of the readers' regions, flagged with files of theirs that are unread."""
    ct = _converted_ct(task, folder)
    marks = marks_of_readers(task, "hu_rois", "ct")
    by_reader = {reader: marks_of_levels(result) for reader, result in marks.by_reader.items()}
    try:
        check_marks(by_reader, task["site"], converted_grid(task, "ct", folder), "CT")
        flags = _label_map_flags(task, by_reader) + scale_flags(read_record(folder / "ct.json"))
        record = _measured_record(task, ct, marks.by_reader, settings)
        record["flags"] += flags
    except DataFault as fault:
        record = unmeasured_record(task["participant_id"], task["site"], fault)
        unread = [one.why for files in marks.unread.values() for one in files]
        record["reason"] = " ".join([fault.reason, *unread])
    record["flags"] += marks.flags()
    return record


def _measured_record(
    task: Mapping[str, Any],
    ct: Volume,
    marks: Mapping[str, list[Markup]],
    settings: HounsfieldSettings,
) -> dict[str, Any]:
    """Return the first reader's record, with all readers' HU and their mean where several drew."""
    drawn = {reader: _regions(markups, task["site"]) for reader, markups in marks.items()}
    # A reader who drew nothing of a level, as in a sample read twice, leaves it to the others.
    drew = [reader for reader, regions in drawn.items() if regions] or list(drawn)[:1]
    result = [
        check_trabecular(measure_reader_vertebra(ct, task["site"], drawn[reader], reader, settings))
        for reader in drew
    ]
    records = [to_record(task["participant_id"], vertebra) for vertebra in result]
    if len(records) == 1:
        return records[0]
    planes = [{roi.plane: roi.statistics.hu for roi in vertebra.rois} for vertebra in result]
    rows = [dataclasses.asdict(row) for row in mean_of_readers(task["site"], planes, READER_METHOD)]
    return records[0] | {
        "hu": rows[-1]["value"],
        "flags": list(dict.fromkeys(flag for record in records for flag in record["flags"])),
        "measurements": [row for record in records for row in record["measurements"]] + rows,
    }


def _regions(markups: list[Markup], level: str) -> dict[str, FloatArray]:
    return {plane: np.array(corners) for plane, corners in read_regions(markups, level).items()}


def _label_map_flags(
    task: Mapping[str, Any], by_reader: Mapping[str, Mapping[str, list[Markup]]]
) -> list[str]:
    """Hold the regions to the vertebra label map, where one is listed; flag one that is no help."""
    listed = files_of(task, "vertebrae")
    if not listed:
        return []
    from bonecohort.annotations.labels.read import read_label_map  # only for this check

    try:
        labels = read_label_map(Path(listed[0]["path"]))
        numbers = labels.numbers(listed[0]["label_scheme"])
    except DataFault as fault:  # the reader's regions stand without it
        return [f"the regions were not held to the label map: {fault.reason}"]
    for marks in by_reader.values():
        check_regions_in_label(marks.get(task["site"], []), task["site"], labels.volume, numbers)
    return []


def _converted_ct(task: Mapping[str, Any], folder: Path) -> Volume:
    from bonecohort.images.nifti import read_nifti  # automatic regions read no NIfTI

    if not files_of(task, "ct"):
        raise DataFault("Regions ('hu_rois') are listed, but no 'ct' to measure them on.")
    record = read_record(folder / "ct.json")
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    return read_nifti(folder / "ct.nii.gz")
