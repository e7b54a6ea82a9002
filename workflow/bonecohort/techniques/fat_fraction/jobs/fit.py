"""Fit water, fat and R2* to one participant's echoes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.volume_index import VOLUMES_KEY
from bonecohort.measures.mr.labelled import converted_volumes
from bonecohort.measures.mr.water_fat.fit import fit_maps
from bonecohort.measures.mr.water_fat.magnitude import air_noise_power
from bonecohort.measures.mr.water_fat.signal import SPECTRA
from bonecohort.study.layout import participant_folder
from bonecohort.techniques.fat_fraction.echoes import (
    are_magnitudes,
    complex_signals,
    echo_times_and_field,
    magnitudes_of,
    parts_by_time,
)
from bonecohort.techniques.fat_fraction.fitted import (
    write_magnitudes,
    write_maps,
    write_refusal,
)
from bonecohort.techniques.fat_fraction.methods import ECHOES
from bonecohort.techniques.fat_fraction.settings import MrFatSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``fat_fraction/echoes.nii.gz`` and, last, ``echoes.json``; or the latter alone.

    Magnitudes alone have no maps: the job that measures fits them region by region.
    """
    participant_id = task["participant_id"]
    folder = participant_folder(results, participant_id)
    spectrum = MrFatSettings(**task["settings"]).fat_spectrum
    try:
        stack, sidecar = converted_volumes(folder, ECHOES)
        parts = parts_by_time(stack, sidecar[VOLUMES_KEY])
        echoes = echo_times_and_field(list(parts), sidecar, SPECTRA[spectrum])
        if are_magnitudes(parts):
            noise_power = air_noise_power(magnitudes_of(parts))
            write_magnitudes(folder, participant_id, echoes, noise_power)
            return
        maps = fit_maps(complex_signals(parts), echoes, stack.spacing_mm)
    except DataFault as fault:
        write_refusal(folder, participant_id, fault.reason)
        return
    write_maps(folder, participant_id, maps, echoes, stack.affine_lps)
