"""A participant's images of water and fat, and the values taken from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.images.volume import Volume
from bonecohort.measures.mr.bodies import VertebralBody, disc_places
from bonecohort.measures.mr.region import measured_region, surroundings
from bonecohort.measures.mr.water_fat.fit import bright_signal
from bonecohort.techniques.fat_fraction.facts import ImageFacts
from bonecohort.techniques.fat_fraction.magnitudes import fitted_fat_fractions
from bonecohort.techniques.fat_fraction.measure import (
    PlacementFault,
    compare_sources,
    measure_fat_fractions,
    measure_r2star,
)
from bonecohort.techniques.fat_fraction.methods import (
    COMPLEX,
    MAGNITUDE,
    SIGNAL,
    VENDOR_MAP,
    WATER_FAT,
)
from bonecohort.techniques.fat_fraction.outcome import MeasuredBody, flagged, with_flags
from bonecohort.techniques.fat_fraction.pairs import (
    LARGEST_FLIP_ANGLE_DEG,
    check_one_grid,
    fat_fraction,
    is_pdff,
    signal_mask,
)
from bonecohort.techniques.fat_fraction.relaxation import r2star_image
from bonecohort.techniques.fat_fraction.residuals import residual_flags
from bonecohort.techniques.fat_fraction.scale import in_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bonecohort.images.volume import FloatArray
    from bonecohort.measures.mr.bodies import Bodies
    from bonecohort.techniques.fat_fraction.magnitudes import MagnitudeEchoes
    from bonecohort.techniques.fat_fraction.outcome import BodyOutcome
    from bonecohort.techniques.fat_fraction.relaxation import RelaxationKind
    from bonecohort.techniques.fat_fraction.settings import MrFatSettings

FLIP_ANGLE = "flip_angle: {angle:g} degrees (limit {limit:g})"
NOT_USED = "source_not_used"


@dataclass(frozen=True)
class Image:
    """A converted image and what its sidecar says about its values."""

    volume: Volume
    facts: ImageFacts


@dataclass(frozen=True)
class FatFractions:
    """The fat fractions of one source: how they were obtained, the map, and an outcome a level.

    Attributes
    ----------
    method
        ``pdff.vendor_map.v1``, ``pdff.complex.v1``, ``pdff.magnitude.v1``,
        ``pdff.water_fat.v1``, ``sff.water_fat.v1``.
    image
        The map in %; of magnitudes the signal in % of bright tissue's, because they have no map.
    outcomes
        Level → measured, or refused with the reason.
    """

    method: str
    image: Volume
    outcomes: Mapping[str, BodyOutcome]

    def flagged(self, flags: tuple[str, ...]) -> FatFractions:
        """Return the same with flags on every level."""
        return replace(self, outcomes=with_flags(self.outcomes, flags))


def from_map(image: Image, bodies: Bodies, settings: MrFatSettings) -> FatFractions:
    """Measure a vendor's fat fraction map.

    Raises
    ------
    DataFault
        Its scale is unknown, water and fat are exchanged, or the labels lie elsewhere.
    """
    percent = in_percent(image.volume, image.facts, _places(bodies))
    outcomes = measure_fat_fractions(percent, bodies, settings)
    flags = _flip_angle_flags(image.facts)
    return FatFractions(VENDOR_MAP, percent.image, outcomes).flagged(flags)


def from_echoes(
    fitted: Image, residual: Volume, bodies: Bodies, settings: MrFatSettings
) -> FatFractions:
    """Measure the PDFF that was fitted to echoes.

    Parameters
    ----------
    fitted
        PDFF in %, NaN in air, with the facts of the echoes.
    residual
        What the fit leaves, as a share of the signal.

    Raises
    ------
    DataFault
        Water and fat are exchanged, or the labels lie elsewhere.
    """
    tissue = np.isfinite(fitted.volume.array)
    percent = in_percent(fitted.volume, ImageFacts(unit="%"), _places(bodies), tissue)
    outcomes = measure_fat_fractions(percent, bodies, settings)
    outcomes = {
        level: _with_residual(outcome, residual, bodies[level], settings)
        for level, outcome in outcomes.items()
    }
    return FatFractions(COMPLEX, percent.image, outcomes).flagged(_flip_angle_flags(fitted.facts))


def from_magnitudes(
    signals: MagnitudeEchoes, facts: ImageFacts, bodies: Bodies, settings: MrFatSettings
) -> FatFractions:
    """Measure the PDFF of magnitudes of echoes, fitted body by body.

    Raises
    ------
    DataFault
        The echoes hold no signal, or the labels lie elsewhere.
    """
    strength = signals.strength
    shown = Volume(100 * strength.array / bright_signal(strength.array), strength.affine_lps)
    outcomes = fitted_fat_fractions(signals, bodies, _places(bodies), settings)
    return FatFractions(MAGNITUDE, shown, outcomes).flagged(_flip_angle_flags(facts))


def from_pair(water: Image, fat: Image, bodies: Bodies, settings: MrFatSettings) -> FatFractions:
    """Measure a water and a fat image: the mean of their voxels' ratios.

    Raises
    ------
    DataFault
        They are not of one grid, are exchanged, or the labels lie elsewhere.
    """
    w, f = water.volume, fat.volume
    check_one_grid(w, f)
    computed = ImageFacts(unit="%")
    percent = in_percent(fat_fraction(w, f), computed, _places(bodies), signal_mask(w, f))
    quantitative = is_pdff(
        water.facts, fat.facts, declared_quantitative=settings.pair_is_quantitative
    )
    outcomes = measure_fat_fractions(percent, bodies, settings)
    return FatFractions(WATER_FAT if quantitative else SIGNAL, percent.image, outcomes)


def taken(sources: Sequence[Callable[[], FatFractions]], settings: MrFatSettings) -> FatFractions:
    """Measure a participant's sources of the fat fraction, and take the first that can be used.

    Where the second can be used as well, differences between the two are flagged.

    Parameters
    ----------
    sources
        What measures each, the preferred first.

    Raises
    ------
    PlacementFault
        The labels do not lie on the vertebrae of one of them.
    DataFault
        None can be used; with every reason.
    """
    measured: list[FatFractions] = []
    reasons: list[str] = []
    for measure in sources:
        try:
            measured.append(measure())
        except PlacementFault:
            raise
        except DataFault as fault:
            reasons.append(fault.reason)
    if not measured:
        raise DataFault(" ".join(reasons) or "No image of the fat fraction is listed.")
    first = measured[0]
    for other in measured[1:]:
        largest = settings.max_source_difference
        outcomes = compare_sources(first.outcomes, other.outcomes, largest)
        first = replace(first, outcomes=outcomes)
    return first.flagged(tuple(f"{NOT_USED}: {reason}" for reason in reasons))


def r2star_values(
    image: Image, kind: RelaxationKind, bodies: Bodies, settings: MrFatSettings
) -> dict[str, BodyOutcome]:
    """Measure the R2* of every level, in 1/s, in a vendor's map of R2* or T2*.

    Raises
    ------
    DataFault
        The header declares a unit that is none of relaxation.
    """
    return measure_r2star(r2star_image(image.volume, image.facts, kind), bodies, settings)


def _flip_angle_flags(facts: ImageFacts) -> tuple[str, ...]:
    angle = facts.flip_angle_deg
    if angle is None or angle <= LARGEST_FLIP_ANGLE_DEG:
        return ()
    return (FLIP_ANGLE.format(angle=angle, limit=LARGEST_FLIP_ANGLE_DEG),)


def _with_residual(
    outcome: BodyOutcome, residual: Volume, body: VertebralBody | str, settings: MrFatSettings
) -> BodyOutcome:
    """Flag a body whose echoes the fit does not explain."""
    if isinstance(body, str) or not isinstance(outcome, MeasuredBody):
        return outcome
    region = measured_region(residual, body, settings.erosion_mm)
    left = float(np.nanmedian(surroundings(residual, body).array[region.array]))
    return flagged(outcome, tuple(residual_flags(left)))


def _places(bodies: Bodies) -> dict[str, FloatArray]:
    return disc_places([body for body in bodies.values() if isinstance(body, VertebralBody)])
