"""Measure the stiffness and strength of one vertebra on a calibrated CT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.calibration import Calibration
from bonecohort.measures.vertebra.labelled_ct import labelled_crops
from bonecohort.study.layout import EXCLUDED, excluded_record, participant_folder, read_record
from bonecohort.study.records import files_of, write_record
from bonecohort.techniques.fe.cuts import cuts_of, save_cuts
from bonecohort.techniques.fe.effort import VERTEBRA_MB, job_effort
from bonecohort.techniques.fe.methods import vertebra_method
from bonecohort.techniques.fe.record import vertebra_record
from bonecohort.techniques.fe.vertebra import measure_vertebra

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


CONTRAST = "contrast"
"""Begins a calibration's flags on contrast agent; its others stand with the calibration."""


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``fe/{level}.json``, and the cuts for the picture beside it."""
    folder = participant_folder(results, task["participant_id"])
    level = task["site"]
    try:
        record = _measured(task, folder)
    except DataFault as fault:
        record = excluded_record(task["participant_id"], level, fault.reason)
        (folder / "fe" / f"{level}.npz").unlink(missing_ok=True)  # of an earlier run
    write_record(folder / "fe" / f"{level}.json", record)


def _measured(task: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    settings, level = task["settings"], task["site"]
    calibration, flags = _calibration(folder, settings["density_equivalent"])
    listed = files_of(task, "vertebrae")
    crop = labelled_crops(folder, listed[0] if listed else None, [level])[level]
    if isinstance(crop, str):
        raise DataFault(crop)
    result = measure_vertebra(
        crop.ct,
        crop.mask,
        calibration,
        posterior=settings["posterior"],
        poisson=settings["poisson"],
        effort=job_effort(settings, VERTEBRA_MB),
    )
    save_cuts(folder / "fe" / f"{level}.npz", cuts_of(result.model, result.is_cap))
    method = vertebra_method(
        settings["density_equivalent"], settings["posterior"], settings["poisson"]
    )
    record = vertebra_record(task["participant_id"], level, result, method)
    own = [*crop.flags, *flags, *record["flags"]]
    return record | {"flags": list(dict.fromkeys(own)), "calibration": calibration.record()}


def _calibration(folder: Path, equivalent: str) -> tuple[Calibration, list[str]]:
    """Return the calibration of the CT, and its flags on contrast agent.

    Raises
    ------
    DataFault
        The CT was not calibrated, or to the density of another mineral.
    """
    record = read_record(folder / "qct" / "calibration.json")
    if record["status"] == EXCLUDED:
        raise DataFault(f"The CT is not calibrated: {record['reason']}")
    calibration = Calibration.of_record(record["calibration"])
    if calibration.equivalent.lower() != equivalent:
        raise DataFault(
            f"The CT is calibrated to the density of {calibration.equivalent}, and "
            f"fe.density_equivalent is {equivalent}. The law of the modulus holds for K2HPO4: "
            "declare 'ha' only where its error is accepted."
        )
    return calibration, [flag for flag in record["flags"] if flag.startswith(CONTRAST)]
