"""The maps fitted to a participant's echoes: their file, and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti_volumes, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.records import write_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.measures.mr.water_fat.fit import WaterFatMaps
    from bonecohort.measures.mr.water_fat.signal import Echoes

MAPS, RECORD = "fat_fraction/echoes.nii.gz", "fat_fraction/echoes.json"
ORDER = ("PDFF (%)", "R2* (1/s)", "residual (share of the signal)")
SPECTRUM = "six peaks, Hamilton 2011"


def write_maps(
    folder: Path, participant_id: str, maps: WaterFatMaps, echoes: Echoes, affine_lps: Any
) -> None:
    """Write the maps as the volumes of one file and, last, their record."""
    stacked = np.stack([maps.percent, maps.r2star, maps.residual], axis=-1)
    write_nifti(folder / MAPS, Volume(stacked.astype(np.float32), affine_lps))
    record = {
        "participant_id": participant_id,
        "status": "fitted",
        "reason": "",
        "volumes": list(ORDER),
        "echo_times_s": [float(time) for time in echoes.times_s],
        "f0_mhz": echoes.f0_mhz,
        "fat_spectrum": SPECTRUM,
        "phase_reversed": maps.is_conjugate,
    }
    write_record(folder / RECORD, record)


def write_refusal(folder: Path, participant_id: str, reason: str) -> None:
    """Write the record of echoes that could not be fitted."""
    (folder / MAPS).unlink(missing_ok=True)
    refused = {"participant_id": participant_id, "status": EXCLUDED, "reason": reason}
    write_record(folder / RECORD, refused)


def read_maps(folder: Path) -> tuple[Volume, Volume, Volume]:
    """Return PDFF in %, R2* in 1/s and the residual, NaN in air.

    Raises
    ------
    DataFault
        The echoes could not be fitted.
    """
    record: Mapping[str, Any] = read_record(folder / RECORD)
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    stack = read_nifti_volumes(folder / MAPS)
    percent, r2star, residual = (
        Volume(stack.array[..., at], stack.affine_lps) for at in range(len(ORDER))
    )
    return percent, r2star, residual
