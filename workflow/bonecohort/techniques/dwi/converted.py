"""A participant's label map and diffusion images, as the jobs read them, and what they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.fat_suppression import FAT_SUPPRESSION_KEY
from bonecohort.images.quantity_facts import UNIT_KEY
from bonecohort.images.volume_index import VOLUMES_KEY
from bonecohort.measures.mr.labelled import (
    converted_image,
    converted_volumes,
    labelled_bodies,
)
from bonecohort.study.layout import read_record
from bonecohort.techniques.dwi.measure import Diffusion, measure_map, measure_signals
from bonecohort.techniques.dwi.signals import b_signals, b_values_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.labelled import LabelledBodies
    from bonecohort.techniques.dwi.settings import DwiSettings

STACK, MAP = "dwi", "adc_map"
SUPPRESSION_FLAGS = {"yes": (), "no": ("fat_not_suppressed",)}
UNKNOWN_SUPPRESSION = ("fat_suppression_unknown",)


@dataclass(frozen=True)
class Participant:
    """What a participant's jobs measure on.

    Attributes
    ----------
    kinds
        The kinds of file that the participant has.
    folder
        Folder of the participant's results, with the converted images.
    labelled
        The bodies of the label map.
    """

    kinds: frozenset[str]
    folder: Path
    labelled: LabelledBodies

    def sources(self, settings: DwiSettings) -> dict[str, Diffusion | DataFault]:
        """Measure the diffusion images and the vendor's map, whichever there are.

        Returns
        -------
        dict
            Kind → what was measured on it, or why nothing was.
        """
        result: dict[str, Diffusion | DataFault] = {}
        for kind, measure in ((STACK, self._from_stack), (MAP, self._from_map)):
            if kind in self.kinds:
                try:
                    result[kind] = measure(settings)
                except DataFault as fault:
                    result[kind] = fault
        return result

    def _from_stack(self, settings: DwiSettings) -> Diffusion:
        stack, sidecar = converted_volumes(self.folder, STACK)
        signals = b_signals(stack, sidecar[VOLUMES_KEY])
        measured = measure_signals(signals, self.labelled.bodies, settings)
        suppression = SUPPRESSION_FLAGS.get(
            str(sidecar.get(FAT_SUPPRESSION_KEY, "")), UNKNOWN_SUPPRESSION
        )
        return measured.flagged((*suppression, *self.labelled.frame_flags(sidecar)))

    def _from_map(self, settings: DwiSettings) -> Diffusion:
        stored, sidecar = converted_image(self.folder, MAP)
        unit = str(sidecar.get(UNIT_KEY, ""))
        measured = measure_map(
            stored, unit, self._b_values_of_map(), self.labelled.bodies, settings
        )
        return measured.flagged(self.labelled.frame_flags(sidecar))

    def _b_values_of_map(self) -> FloatArray:
        """Return the b values of the diffusion images beside a map; empty where none are known."""
        if STACK not in self.kinds:
            return np.array([])
        return b_values_in(read_record(self.folder / f"{STACK}.json").get(VOLUMES_KEY, ()))


def participant_of(task: Mapping[str, Any], folder: Path) -> Participant:
    """Return what a job's participant is measured on.

    Raises
    ------
    DataFault
        No label map is listed, or it cannot be read.
    """
    labelled = labelled_bodies(task, "Diffusion images")
    return Participant(frozenset(task["files"]), folder, labelled)
