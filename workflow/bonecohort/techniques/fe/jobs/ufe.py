"""Measure the stiffness and strength of one segmented bone or specimen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import files_of, write_record
from bonecohort.techniques.fe.cuts import cuts_of, save_cuts
from bonecohort.techniques.fe.effort import job_effort
from bonecohort.techniques.fe.methods import ufe_method
from bonecohort.techniques.fe.record import ufe_record
from bonecohort.techniques.fe.segmentation import read_segmentation
from bonecohort.techniques.fe.ufe import Loading, measure_ufe
from bonecohort.techniques.fe.ufe_settings import loading_of

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``ufe/{site}.json``, and the cuts for the picture beside it."""
    participant_id, site = task["participant_id"], task["site"]
    folder = participant_folder(results, participant_id) / "ufe"
    settings = task["settings"]
    (file,) = files_of(task, "xct_segmentation")
    try:
        loading = loading_of(settings, task.get("columns", {}))
        image = read_segmentation(Path(file["path"]))
        result = measure_ufe(image.labels, image.spacing_mm, loading, job_effort(settings))
    except DataFault as fault:
        record = excluded_record(participant_id, site, fault.reason)
        (folder / f"{site}.npz").unlink(missing_ok=True)  # of an earlier run
    else:
        record = ufe_record(participant_id, site, result, _method(loading))
        save_cuts(folder / f"{site}.npz", cuts_of(result.model))
    write_record(folder / f"{site}.json", record)


def _method(loading: Loading) -> str:
    criterion = loading.volume_percent, loading.microstrain
    return ufe_method(loading.moduli_mpa, loading.boundary, loading.poisson, criterion)
