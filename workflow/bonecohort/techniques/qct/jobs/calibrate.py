"""Calibrate one participant's CT: from Hounsfield units to bone mineral density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record
from bonecohort.techniques.qct.declared_lines import (
    calibrate_asynchronously,
    calibrate_by_line,
    with_scan,
)
from bonecohort.techniques.qct.inputs import ct_and_labels, header_of, path_of, vertebrae_of
from bonecohort.techniques.qct.internal import calibrate_by_tissues
from bonecohort.techniques.qct.record import to_record
from bonecohort.techniques.qct.rod_map import calibrate_by_map
from bonecohort.techniques.qct.rod_table import calibrate_by_table
from bonecohort.techniques.qct.sample_table import is_table
from bonecohort.techniques.qct.scan import scan_of
from bonecohort.techniques.qct.settings import settings_of
from bonecohort.techniques.qct.tissue_map import measure_tissues
from bonecohort.techniques.qct.tissue_table import read_tissue_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.techniques.qct.fitted import Fitted
    from bonecohort.techniques.qct.settings import QctSettings


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``qct/calibration.json``."""
    participant_id = task["participant_id"]
    folder = participant_folder(results, participant_id)
    try:
        record = to_record(participant_id, calibrated(task, folder, settings_of(task)))
    except DataFault as fault:
        record = excluded_record(participant_id, "", fault.reason)
    write_record(folder / "qct" / "calibration.json", record)


def calibrated(task: Mapping[str, Any], folder: Path, settings: QctSettings) -> Fitted:
    """Return a participant's calibration, corrected as is declared, with the scan's flags.

    What is listed for the participant goes before what is declared for the study: rods, samples of
    tissues, an asynchronous equation, a published line.

    Raises
    ------
    DataFault
        The first of these that there is cannot be used; no other takes its place.
    """
    scan = scan_of(task.get("columns", {}), header_of(task, folder))
    result = _from_files(task, folder, settings)
    if result is None and settings.asynchronous:
        result = calibrate_asynchronously(scan, settings.asynchronous)
    if result is not None:
        return with_scan(result, scan, settings.contrast)
    if settings.hu_to_bmd:
        return calibrate_by_line(scan, settings.hu_to_bmd, settings)
    raise DataFault("Nothing calibrates this CT: no 'qct_rods', and no setting of bmd.")


def _from_files(task: Mapping[str, Any], folder: Path, settings: QctSettings) -> Fitted | None:
    rods, tissues = path_of(task, "qct_rods"), path_of(task, "tissue_samples")
    participant_id = task["participant_id"]
    if rods:
        if is_table(rods):
            return calibrate_by_table(rods, settings.phantom, participant_id)
        ct, labels = ct_and_labels(task, "qct_rods", folder)
        return calibrate_by_map(ct, labels.volume, settings.phantom, vertebrae_of(task, folder))
    if tissues:
        samples = (
            read_tissue_table(tissues, participant_id)
            if is_table(tissues)
            else measure_tissues(*ct_and_labels(task, "tissue_samples", folder), settings.tissues)
        )
        return calibrate_by_tissues(samples, settings.tissues)
    return None
