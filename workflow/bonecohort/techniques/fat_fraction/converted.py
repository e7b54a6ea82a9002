"""A participant's label map and converted images, as the jobs read them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.labels.read import read_label_map
from bonecohort.faults import DataFault
from bonecohort.images.nifti import read_nifti
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.records import files_of
from bonecohort.techniques.fat_fraction.bodies import find_bodies
from bonecohort.techniques.fat_fraction.facts import facts_of
from bonecohort.techniques.fat_fraction.measure import with_flags
from bonecohort.techniques.fat_fraction.sources import (
    Image,
    frame_flags,
    from_map,
    from_pair,
    r2star_values,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.techniques.fat_fraction.measure import BodyOutcome
    from bonecohort.techniques.fat_fraction.relaxation import RelaxationKind
    from bonecohort.techniques.fat_fraction.settings import MrFatSettings
    from bonecohort.techniques.fat_fraction.sources import Bodies, FatFractions

MAP, WATER, FAT = "fat_fraction", "water_image", "fat_image"
RELAXATION: tuple[RelaxationKind, ...] = ("r2star", "t2star")
LABELS = "mr_vertebrae"


@dataclass(frozen=True)
class Participant:
    """What a participant's jobs measure on.

    Attributes
    ----------
    kinds
        The kinds of image that the participant has.
    folder
        Folder of the participant's results, with the converted images.
    bodies
        Level → its body in the label map, or the reason why there is none.
    labels_frame
        Digest of the label map's frame of reference; empty where it has none.
    """

    kinds: frozenset[str]
    folder: Path
    bodies: Bodies
    labels_frame: str

    @property
    def has_fat_fraction(self) -> bool:
        """Whether there is a source of the fat fraction."""
        return bool(self.kinds & {MAP, WATER, FAT})

    def image(self, kind: str) -> Image:
        """Return a converted image.

        Raises
        ------
        DataFault
            It is not listed, or could not be converted.
        """
        if kind not in self.kinds:
            raise DataFault(f"The '{kind}' that makes up a pair with another is not listed.")
        record = read_record(self.folder / f"{kind}.json")
        if record["status"] == EXCLUDED:
            raise DataFault(record["reason"])
        return Image(read_nifti(self.folder / f"{kind}.nii.gz"), facts_of(record))

    def fat_fractions(self, settings: MrFatSettings) -> FatFractions:
        """Measure the fat fraction, from the map before the pair.

        Raises
        ------
        DataFault
            No source can be used.
        """
        sources = []
        if MAP in self.kinds:
            sources.append(partial(self._from_map, settings))
        if self.kinds & {WATER, FAT}:
            sources.append(partial(self._from_pair, settings))
        return taken(sources, settings)

    def r2star(self, settings: MrFatSettings) -> Mapping[str, BodyOutcome] | None:
        """Measure R2*; None without a map of it.

        Raises
        ------
        DataFault
            The map cannot be used.
        """
        kind = next((kind for kind in RELAXATION if kind in self.kinds), None)
        if kind is None:
            return None
        image = self.image(kind)
        outcomes = r2star_values(image, kind, self.bodies, settings)
        return with_flags(outcomes, frame_flags(self.labels_frame, image.facts))

    def _from_map(self, settings: MrFatSettings) -> FatFractions:
        image = self.image(MAP)
        found = from_map(image, self.bodies, settings)
        return found.flagged(frame_flags(self.labels_frame, image.facts))

    def _from_pair(self, settings: MrFatSettings) -> FatFractions:
        water, fat = self.image(WATER), self.image(FAT)
        found = from_pair(water, fat, self.bodies, settings)
        return found.flagged(frame_flags(self.labels_frame, water.facts))


def participant_of(task: Mapping[str, Any], folder: Path) -> Participant:
    """Return what a job's participant is measured on.

    Raises
    ------
    DataFault
        No label map is listed, or it cannot be read.
    """
    listed = files_of(task, LABELS)
    if not listed:
        raise DataFault(f"Images of water and fat are listed without '{LABELS}', a label map.")
    labels = read_label_map(Path(listed[0]["path"]))
    numbers = labels.numbers(listed[0]["label_scheme"])
    bodies = find_bodies(labels.volume, numbers, task["sites"])
    return Participant(frozenset(task["files"]), folder, bodies, labels.frame_of_reference)
