"""A participant's label map and converted images, as the jobs read them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.images.volume_index import VOLUMES_KEY
from bonecohort.measures.mr.labelled import converted_image, converted_volumes, labelled_bodies
from bonecohort.study.layout import read_record
from bonecohort.techniques.fat_fraction.echoes import magnitudes_of, parts_by_time
from bonecohort.techniques.fat_fraction.facts import facts_of
from bonecohort.techniques.fat_fraction.fitted import (
    NOISE_KEY,
    are_regions_fitted,
    echoes_of,
    polarity_flags,
    read_fit,
    read_maps,
)
from bonecohort.techniques.fat_fraction.magnitudes import MagnitudeEchoes, fitted_r2star
from bonecohort.techniques.fat_fraction.measure import measure_r2star
from bonecohort.techniques.fat_fraction.methods import (
    ECHOES,
    R2STAR_COMPLEX,
    R2STAR_MAGNITUDE,
    R2STAR_MAP,
)
from bonecohort.techniques.fat_fraction.outcome import with_flags
from bonecohort.techniques.fat_fraction.sources import (
    Image,
    from_echoes,
    from_magnitudes,
    from_map,
    from_pair,
    r2star_values,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.measures.mr.bodies import Bodies
    from bonecohort.measures.mr.labelled import LabelledBodies
    from bonecohort.techniques.fat_fraction.outcome import BodyOutcome
    from bonecohort.techniques.fat_fraction.relaxation import RelaxationKind
    from bonecohort.techniques.fat_fraction.settings import MrFatSettings
    from bonecohort.techniques.fat_fraction.sources import FatFractions

MAP, WATER, FAT = "fat_fraction", "water_image", "fat_image"
RELAXATION: tuple[RelaxationKind, ...] = ("r2star", "t2star")


@dataclass(frozen=True)
class Participant:
    """What a participant's jobs measure on.

    Attributes
    ----------
    kinds
        The kinds of image that the participant has.
    folder
        Folder of the participant's results, with the converted images.
    labelled
        The bodies of the label map.
    """

    kinds: frozenset[str]
    folder: Path
    labelled: LabelledBodies

    @property
    def bodies(self) -> Bodies:
        """Level → its body in the label map, or the reason why there is none."""
        return self.labelled.bodies

    @property
    def has_fat_fraction(self) -> bool:
        """Whether there is a source of the fat fraction."""
        return bool(self.kinds & {MAP, ECHOES, WATER, FAT})

    def image(self, kind: str) -> tuple[Image, tuple[str, ...]]:
        """Return a converted image, and a flag where its frame of reference is not the labels'.

        Raises
        ------
        DataFault
            It is not listed, or could not be converted.
        """
        if kind not in self.kinds:
            raise DataFault(f"The '{kind}' that makes up a pair with another is not listed.")
        volume, sidecar = converted_image(self.folder, kind)
        return Image(volume, facts_of(sidecar)), self.labelled.frame_flags(sidecar)

    def fat_fractions(self, settings: MrFatSettings) -> FatFractions:
        """Measure the fat fraction, from the map before the echoes, and from these before the pair.

        Raises
        ------
        DataFault
            No source can be used.
        """
        sources = []
        if MAP in self.kinds:
            sources.append(partial(self._from_map, settings))
        if ECHOES in self.kinds:
            sources.append(partial(self._from_echoes, settings))
        if self.kinds & {WATER, FAT}:
            sources.append(partial(self._from_pair, settings))
        return taken(sources, settings)

    def r2star(self, settings: MrFatSettings) -> tuple[str, Mapping[str, BodyOutcome]]:
        """Measure R2* and name the method, from the scanner's map before the echoes.

        Without either there is nothing.

        Raises
        ------
        DataFault
            The map cannot be used.
        """
        kind = next((kind for kind in RELAXATION if kind in self.kinds), None)
        if kind is not None:
            image, flags = self.image(kind)
            outcomes = r2star_values(image, kind, self.bodies, settings)
            return R2STAR_MAP, with_flags(outcomes, flags)
        if ECHOES not in self.kinds:
            return "", {}
        fit = read_fit(self.folder)
        if are_regions_fitted(fit):
            signals, _ = self._magnitudes(fit)
            return R2STAR_MAGNITUDE, fitted_r2star(signals, self.bodies, settings)
        _, r2star, _ = read_maps(self.folder)
        return R2STAR_COMPLEX, measure_r2star(r2star, self.bodies, settings)

    def _from_map(self, settings: MrFatSettings) -> FatFractions:
        image, flags = self.image(MAP)
        return from_map(image, self.bodies, settings).flagged(flags)

    def _from_echoes(self, settings: MrFatSettings) -> FatFractions:
        fit = read_fit(self.folder)
        if are_regions_fitted(fit):
            signals, sidecar = self._magnitudes(fit)
            measured = from_magnitudes(signals, facts_of(sidecar), self.bodies, settings)
        else:
            percent, _, residual = read_maps(self.folder)
            sidecar = read_record(self.folder / f"{ECHOES}.json")
            fitted = Image(percent, facts_of(sidecar))
            measured = from_echoes(fitted, residual, self.bodies, settings)
            measured = measured.flagged(polarity_flags(fit))
        return measured.flagged(self.labelled.frame_flags(sidecar))

    def _magnitudes(self, fit: Mapping[str, Any]) -> tuple[MagnitudeEchoes, Mapping[str, Any]]:
        """Return the magnitudes whose record is given, and the sidecar of their stack."""
        stack, sidecar = converted_volumes(self.folder, ECHOES)
        magnitudes = magnitudes_of(parts_by_time(stack, sidecar[VOLUMES_KEY]))
        volume = Volume(magnitudes, stack.affine_lps)
        return MagnitudeEchoes(volume, echoes_of(fit), fit[NOISE_KEY]), sidecar

    def _from_pair(self, settings: MrFatSettings) -> FatFractions:
        (water, flags), (fat, _) = self.image(WATER), self.image(FAT)
        return from_pair(water, fat, self.bodies, settings).flagged(flags)


def participant_of(task: Mapping[str, Any], folder: Path) -> Participant:
    """Return what a job's participant is measured on.

    Raises
    ------
    DataFault
        No label map is listed, or it cannot be read.
    """
    bodies = labelled_bodies(task, "Images of water and fat")
    return Participant(frozenset(task["files"]), folder, bodies)
