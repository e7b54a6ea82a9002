"""A participant's echoes or T2 map, as the jobs read them, and what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.fat_suppression import FAT_SUPPRESSION_KEY
from bonecohort.images.image_part import MAGNITUDE, PART_KEY
from bonecohort.images.mr_contents import content_by_type
from bonecohort.images.quantity_facts import UNIT_KEY
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import ECHO_KEY, VOLUMES_KEY
from bonecohort.measures.mr.labelled import converted_image, converted_volumes, labelled_bodies
from bonecohort.measures.mr.outcome import with_flags
from bonecohort.measures.mr.water_fat.frequency import water_mhz
from bonecohort.techniques.t2.measure import measure_echoes, measure_in_phase, measure_map
from bonecohort.techniques.t2.settings import T2Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.outcome import BodyOutcome

SPIN_ECHO, GRADIENT_ECHO, MAP = "multi_echo_se", "multi_echo_gre", "t2_map"
MS_PER_S = 1000.0
CALLED = {SPIN_ECHO: "spin echo", GRADIENT_ECHO: "gradient echo"}
OTHER = {SPIN_ECHO: ("GR", "SE"), GRADIENT_ECHO: ("SE", "GR")}
"""Kind → the word of ScanningSequence that it must not have without the second."""


def t2_image(task: Mapping[str, Any], folder: Path) -> Volume:
    """Return what T2 was measured on: the echo at the longest time, or the map.

    Raises
    ------
    DataFault
        It could not be converted.
    """
    if SPIN_ECHO in task["files"]:
        return _last(converted_volumes(folder, SPIN_ECHO)[0])
    return converted_image(folder, MAP)[0]


def t2star_image(_: Mapping[str, Any], folder: Path) -> Volume:
    """Return what T2* was measured on: the echo at the longest time.

    Raises
    ------
    DataFault
        It could not be converted, or T2* is not measured on it.
    """
    stack, sidecar = converted_volumes(folder, GRADIENT_ECHO)
    if _has_phases(sidecar):
        raise DataFault(
            "The echoes hold phases: their T2* is that of water and fat fitted to them."
        )
    return _last(stack)


def t2_of(task: Mapping[str, Any], folder: Path) -> dict[str, BodyOutcome]:
    """Measure a participant's T2: on the echoes, else on the map.

    Raises
    ------
    DataFault
        The images, or the label map, cannot be used.
    """
    settings = T2Settings(**task["settings"])
    labelled = labelled_bodies(task, "Images of T2")
    if SPIN_ECHO in task["files"]:
        stack, sidecar = _echoes(folder, SPIN_ECHO)
        result = measure_echoes(stack, _echo_ms(sidecar), labelled.bodies, settings)
    else:
        image, sidecar = converted_image(folder, MAP)
        if shown := content_by_type(sidecar):
            raise DataFault(f"ImageType says {shown}; a map of T2 is expected.")
        result = measure_map(image, str(sidecar.get(UNIT_KEY, "")), labelled.bodies, settings)
    return with_flags(result, (*_fat_flags(sidecar), *labelled.frame_flags(sidecar)))


def t2star_of(task: Mapping[str, Any], folder: Path) -> dict[str, BodyOutcome]:
    """Measure a participant's T2*; nothing where phases are there, too, for water and fat.

    Raises
    ------
    DataFault
        The echoes, or the label map, cannot be used.
    """
    settings = T2Settings(**task["settings"])
    labelled = labelled_bodies(task, "Echoes of a gradient echo")
    stack, sidecar = _echoes(folder, GRADIENT_ECHO)
    if _has_phases(sidecar):
        return {}
    result = measure_in_phase(
        stack, _echo_ms(sidecar), water_mhz(sidecar), labelled.bodies, settings
    )
    return with_flags(result, (*_fat_flags(sidecar), *labelled.frame_flags(sidecar)))


def _echoes(folder: Path, kind: str) -> tuple[Volume, dict[str, Any]]:
    stack, sidecar = converted_volumes(folder, kind)
    words = str(sidecar.get("ScanningSequence", "")).upper().split("\\")
    unfit, own = OTHER[kind]
    if unfit in words and own not in words:
        raise DataFault(
            f"ScanningSequence is {unfit}; echoes of a {CALLED[kind]} ({own}) are expected. The "
            "signal of a spin echo falls by T2, that of a gradient echo by T2*."
        )
    return stack, sidecar


def _has_phases(sidecar: Mapping[str, Any]) -> bool:
    """Whether a stack holds more of the complex signal than its magnitude."""
    return any(one.get(PART_KEY, MAGNITUDE) != MAGNITUDE for one in sidecar[VOLUMES_KEY])


def _last(stack: Volume) -> Volume:
    return Volume(stack.array[..., -1], stack.affine_lps)


def _echo_ms(sidecar: Mapping[str, Any]) -> FloatArray:
    """Return the echo times of a stack's volumes in ms, shape (n,)."""
    return MS_PER_S * np.array([one[ECHO_KEY] for one in sidecar[VOLUMES_KEY]])


def _fat_flags(sidecar: Mapping[str, Any]) -> tuple[str, ...]:
    return ("fat_suppressed",) if sidecar.get(FAT_SUPPRESSION_KEY) == "yes" else ()
