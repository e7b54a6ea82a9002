"""A participant's echoes or T2 map, as the jobs read them, and what they give."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.fat_suppression import FAT_SUPPRESSION_KEY
from bonecohort.images.mr_contents import content_by_type
from bonecohort.images.quantity_facts import UNIT_KEY
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import ECHO_KEY, VOLUMES_KEY
from bonecohort.measures.mr.labelled import converted_image, converted_volumes, labelled_bodies
from bonecohort.techniques.t2.measure import measure_echoes, measure_map
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.measures.mr.outcome import BodyOutcome

ECHOES, MAP = "multi_echo_se", "t2_map"
MS_PER_S = 1000.0


def shown_image(task: Mapping[str, Any], folder: Path) -> Volume:
    """Return what was measured on: the echo at the longest time, or the map.

    Raises
    ------
    DataFault
        It could not be converted.
    """
    if ECHOES in task["files"]:
        stack, _ = converted_volumes(folder, ECHOES)
        return Volume(stack.array[..., -1], stack.affine_lps)
    return converted_image(folder, MAP)[0]


def outcomes_of(task: Mapping[str, Any], folder: Path) -> dict[str, BodyOutcome]:
    """Measure a participant: on the echoes, else on the map.

    Raises
    ------
    DataFault
        The images, or the label map, cannot be used.
    """
    settings = T2Settings(**task["settings"])
    labelled = labelled_bodies(task, "Images of T2")
    if ECHOES in task["files"]:
        stack, sidecar = converted_volumes(folder, ECHOES)
        _check_spin_echo(sidecar)
        echo_ms = MS_PER_S * np.array([one[ECHO_KEY] for one in sidecar[VOLUMES_KEY]])
        found = measure_echoes(stack, echo_ms, labelled.bodies, settings)
        suppressed = sidecar.get(FAT_SUPPRESSION_KEY) == "yes"
        flags = ("fat_suppressed",) if suppressed else ()
    else:
        image, sidecar = converted_image(folder, MAP)
        if shown := content_by_type(sidecar):
            raise DataFault(f"ImageType says {shown}; a map of T2 is expected.")
        found = measure_map(image, str(sidecar.get(UNIT_KEY, "")), labelled.bodies, settings)
        flags = ()
    flags = (*flags, *labelled.frame_flags(sidecar))
    return {level: replace(one, flags=(*one.flags, *flags)) for level, one in found.items()}


def _check_spin_echo(sidecar: Mapping[str, Any]) -> None:
    words = str(sidecar.get("ScanningSequence", "")).upper().split("\\")
    if "GR" in words and "SE" not in words:
        raise DataFault(
            "ScanningSequence is GR, gradient echo, whose signal falls by T2*; echoes of a spin "
            "echo are expected."
        )
