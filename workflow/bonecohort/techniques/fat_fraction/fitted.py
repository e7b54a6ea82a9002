"""The maps fitted to a participant's echoes: their file, and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti_volumes, write_nifti
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.water_fat.signal import SPECTRA, Echoes
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.records import write_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.measures.mr.water_fat.fit import WaterFatMaps

MAPS, RECORD = "fat_fraction/echoes.nii.gz", "fat_fraction/echoes.json"
ORDER = ("PDFF (%)", "R2* (1/s)", "residual (share of the signal)")
NOISE_KEY = "noise_power"


def write_maps(
    folder: Path, participant_id: str, maps: WaterFatMaps, echoes: Echoes, affine_lps: Any
) -> None:
    """Write the maps as the volumes of one file and, last, their record."""
    stacked = np.stack([maps.percent, maps.r2star, maps.residual], axis=-1)
    write_nifti(folder / MAPS, Volume(stacked.astype(np.float32), affine_lps))
    record = _described(participant_id, echoes) | {
        "volumes": list(ORDER),
        "phase_reversed": maps.is_conjugate,
        "polarity_rad": maps.polarity_rad,
    }
    write_record(folder / RECORD, record)


def write_magnitudes(folder: Path, participant_id: str, echoes: Echoes, noise_power: float) -> None:
    """Write the record of echoes of magnitudes alone, which are fitted region by region.

    Parameters
    ----------
    noise_power
        Mean square of the magnitudes of noise; 0 where it is not known.
    """
    (folder / MAPS).unlink(missing_ok=True)
    described = _described(participant_id, echoes)
    write_record(folder / RECORD, described | {"volumes": [], NOISE_KEY: noise_power})


def _described(participant_id: str, echoes: Echoes) -> dict[str, Any]:
    return {
        "participant_id": participant_id,
        "status": "fitted",
        "reason": "",
        "echo_times_s": [float(time) for time in echoes.times_s],
        "f0_mhz": echoes.f0_mhz,
        "fat_spectrum": echoes.spectrum.name,
        "fat_peaks": echoes.spectrum.words,
    }


def write_refusal(folder: Path, participant_id: str, reason: str) -> None:
    """Write the record of echoes that could not be fitted."""
    (folder / MAPS).unlink(missing_ok=True)
    refused = {"participant_id": participant_id, "status": EXCLUDED, "reason": reason}
    write_record(folder / RECORD, refused)


def read_fit(folder: Path) -> Mapping[str, Any]:
    """Return the record of a participant's echoes.

    Raises
    ------
    DataFault
        They could not be fitted.
    """
    record: Mapping[str, Any] = read_record(folder / RECORD)
    if record["status"] == EXCLUDED:
        raise DataFault(record["reason"])
    return record


def are_regions_fitted(record: Mapping[str, Any]) -> bool:
    """Return whether the echoes are magnitudes alone, of which there are no maps."""
    return not record["volumes"]


def echoes_of(record: Mapping[str, Any]) -> Echoes:
    """Return the echoes that a record describes."""
    times, spectrum = np.array(record["echo_times_s"]), SPECTRA[record["fat_spectrum"]]
    return Echoes(times, record["f0_mhz"], spectrum)


def polarity_flags(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a flag where a phase was taken from even echoes."""
    size = record["polarity_rad"]
    return (f"bipolar: {size:.2f} rad",) if size else ()


def read_maps(folder: Path) -> tuple[Volume, Volume, Volume]:
    """Return PDFF in %, R2* in 1/s and the residual, NaN in air."""
    stack = read_nifti_volumes(folder / MAPS)
    percent, r2star, residual = (
        Volume(stack.array[..., at], stack.affine_lps) for at in range(len(ORDER))
    )
    return percent, r2star, residual
