"""Measure one vertebra's HU, in automatic regions or in those its readers drew."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.annotations.hu_markups import read_regions
from bonecohort.annotations.markups import read_markups
from bonecohort.faults import DataFault
from bonecohort.jobs.records import write_record
from bonecohort.measures.hounsfield.crops import load_crop
from bonecohort.measures.hounsfield.measure import measure_vertebra
from bonecohort.measures.hounsfield.reader_rois import READER_METHOD, measure_reader_vertebra
from bonecohort.measures.hounsfield.record import excluded_record, to_record
from bonecohort.measures.vertebra_hu import mean_of_readers
from bonecohort.study.layout import EXCLUDED, participant_folder, read_record
from bonecohort.study.settings import HounsfieldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import Volume
    from bonecohort.measures.hounsfield.measure import VertebraHounsfield


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``hounsfield/{level}.json``."""
    participant_id, level = task["participant_id"], task["level"]
    folder = participant_folder(results, participant_id)
    settings = HounsfieldSettings(**task["settings"])
    try:
        if task["source"] == "automatic":
            crop = load_crop(folder / "crops" / f"{level}.npz")
            record = to_record(participant_id, measure_vertebra(crop, settings))
        else:
            record = _readers_record(task, folder, settings)
    except DataFault as fault:
        record = excluded_record(participant_id, level, fault)
    write_record(folder / "hounsfield" / f"{level}.json", record)


def _readers_record(
    task: Mapping[str, Any], folder: Path, settings: HounsfieldSettings
) -> dict[str, Any]:
    """Return the first reader's record, with all readers' HU and their mean where several drew."""
    ct = _converted_ct(task, folder)
    by_reader: dict[str, list[str]] = {}
    for file in task["files"]:
        by_reader.setdefault(file["reader"], []).append(file["path"])
    found = [
        _measured(ct, task["level"], reader, paths, settings) for reader, paths in by_reader.items()
    ]
    records = [to_record(task["participant_id"], one) for one in found]
    if len(records) == 1:
        return records[0]
    planes = [{roi.plane: roi.statistics.hu for roi in one.rois} for one in found]
    rows = [
        dataclasses.asdict(row) for row in mean_of_readers(task["level"], planes, READER_METHOD)
    ]
    return records[0] | {
        "hu": rows[-1]["value"],
        "measurements": [row for record in records for row in record["measurements"]] + rows,
    }


def _measured(
    ct: Volume, level: str, reader: str, paths: list[str], settings: HounsfieldSettings
) -> VertebraHounsfield:
    markups = [markup for path in paths for markup in read_markups(Path(path))]
    polygons = {plane: np.array(corners) for plane, corners in read_regions(markups, level).items()}
    return measure_reader_vertebra(ct, level, polygons, reader, settings)


def _converted_ct(task: Mapping[str, Any], folder: Path) -> Volume:
    from bonecohort.images.nifti import read_nifti  # automatic regions read no NIfTI

    if not task["ct"]["files"]:
        raise DataFault("Regions ('hu_rois') are listed, but no 'ct' to measure them on.")
    record = read_record(folder / "ct.json")
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    return read_nifti(folder / "ct.nii.gz")
