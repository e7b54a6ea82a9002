"""Fit water, fat and R2* to one participant's echoes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.volume_index import VOLUMES_KEY
from bonecohort.measures.mr.labelled import converted_volumes
from bonecohort.measures.mr.water_fat.fit import fit_maps
from bonecohort.study.layout import participant_folder
from bonecohort.techniques.fat_fraction.echoes import complex_echoes
from bonecohort.techniques.fat_fraction.fitted import write_maps, write_refusal
from bonecohort.techniques.fat_fraction.methods import ECHOES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``fat_fraction/echoes.nii.gz`` and, last, ``echoes.json``; or the latter alone."""
    participant_id = task["participant_id"]
    folder = participant_folder(results, participant_id)
    try:
        stack, sidecar = converted_volumes(folder, ECHOES)
        signals, echoes = complex_echoes(stack, sidecar[VOLUMES_KEY], sidecar)
        maps = fit_maps(signals, echoes, stack.spacing_mm)
    except DataFault as fault:
        write_refusal(folder, participant_id, fault.reason)
        return
    write_maps(folder, participant_id, maps, echoes, stack.affine_lps)
