"""Measure the fat fraction and R2* of vertebral bodies: images in, a value or a reason a level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.measures.mr.region import measured_region, surroundings
from bonecohort.measures.mr.values import (
    LeastRegion,
    region_voxels,
    voxel_cm3,
    without_outliers,
)
from bonecohort.techniques.fat_fraction.outcome import (
    MeasuredBody,
    RefusedBody,
    flagged,
    outcome_of,
    outlier_flags,
    unusual_flags,
    with_flags,
)
from bonecohort.techniques.fat_fraction.relaxation import check_marrow
from bonecohort.techniques.fat_fraction.swaps import is_partly_swapped, swapped_levels
from bonecohort.techniques.fat_fraction.tissues import disc_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.images.volume import Volume
    from bonecohort.measures.mr.bodies import VertebralBody
    from bonecohort.techniques.fat_fraction.outcome import BodyOutcome
    from bonecohort.techniques.fat_fraction.scale import PercentMap
    from bonecohort.techniques.fat_fraction.settings import MrFatSettings

LEAST_REGION = LeastRegion(voxels=30, cm3=1.0)
POSSIBLE_PERCENT = (-5.0, 105.0)
MOST_IMPOSSIBLE = 0.005
FATTEST_DISC_PERCENT = 40.0
"""Discs hold less fat than this, partial volume and all."""
LEAST_CONTRAST = 3.0
"""Marrow is fatter than discs by at least this, in percentage points."""
LEAST_SPREAD_PERCENT, LEAST_SPREAD_R2STAR = 0.5, 1.0
SWAP_SUSPECTED = "swap_suspected"


class PlacementFault(DataFault):
    """Labels that do not lie on the vertebrae of an image: nothing can be measured by them."""


def measure_fat_fractions(
    percent: PercentMap, bodies: Mapping[str, VertebralBody | str], settings: MrFatSettings
) -> dict[str, BodyOutcome]:
    """Measure the fat fraction of every level, in %.

    Parameters
    ----------
    percent
        The map.
    bodies
        Level → its body, or the reason why there is none.

    Raises
    ------
    PlacementFault
        See :func:`check_placement`.
    """
    outcomes = {
        level: outcome_of(
            level, body, lambda result: fat_fraction_of(percent.image, result, settings)
        )
        for level, body in bodies.items()
    }
    return with_flags(compared(outcomes, disc_value(percent.discs)), percent.flags)


def compared(outcomes: Mapping[str, BodyOutcome], disc: float | None) -> dict[str, BodyOutcome]:
    """Return fat fractions by level without those that the others show to be swapped.

    Parameters
    ----------
    outcomes
        Fat fractions in %.
    disc
        Median of the discs, in %.

    Raises
    ------
    PlacementFault
        See :func:`check_placement`.
    """
    measured = {
        level: outcome.values.mean
        for level, outcome in outcomes.items()
        if isinstance(outcome, MeasuredBody)
    }
    check_placement(measured.values(), disc)
    swapped = {
        level: RefusedBody(level, reason, (SWAP_SUSPECTED,))
        for level, reason in swapped_levels(measured).items()
    }
    return {**outcomes, **swapped}


def fat_fraction_of(image: Volume, body: VertebralBody, settings: MrFatSettings) -> MeasuredBody:
    """Measure the fat fraction of one body.

    Raises
    ------
    DataFault
        The body's inside is too small, or holds values that no fat fraction has.
    """
    region = measured_region(image, body, settings.erosion_mm)
    inside = surroundings(image, body)
    voxels = region_voxels(inside, region, LEAST_REGION)
    least, most = POSSIBLE_PERCENT
    impossible = float(((voxels < least) | (voxels > most)).mean())
    if impossible > MOST_IMPOSSIBLE:
        raise DataFault(
            f"{impossible:.1%} of the voxels inside the vertebral body have a fat fraction outside "
            f"{least:g} to {most:g}%."
        )
    values = without_outliers(voxels, voxel_cm3(inside), LEAST_SPREAD_PERCENT)
    flags = [*body.flags, *outlier_flags(values.left_out, settings)]
    if values.sd > settings.sd_flag:
        flags.append(f"high_sd: {values.sd:.1f} percentage points (limit {settings.sd_flag:g})")
    if is_partly_swapped(voxels):
        flags.append("partial_swap")
    return MeasuredBody(body.level, values, (*flags, *unusual_flags(values.mean)))


def measure_r2star(
    r2star: Volume, bodies: Mapping[str, VertebralBody | str], settings: MrFatSettings
) -> dict[str, BodyOutcome]:
    """Measure the R2* of every level, in 1/s.

    Parameters
    ----------
    r2star
        In 1/s; NaN where there is none.
    bodies
        Level → its body, or the reason why there is none.
    """

    def measure(body: VertebralBody) -> MeasuredBody:
        region = measured_region(r2star, body, settings.erosion_mm)
        inside = surroundings(r2star, body)
        voxels = region_voxels(inside, region, LEAST_REGION)
        values = without_outliers(voxels, voxel_cm3(inside), LEAST_SPREAD_R2STAR)
        check_marrow(values.mean)
        flags = (*body.flags, *outlier_flags(values.left_out, settings))
        return MeasuredBody(body.level, values, flags)

    return {level: outcome_of(level, body, measure) for level, body in bodies.items()}


def check_placement(fat_fractions: Iterable[float], disc: float | None) -> None:
    """Refuse bodies that do not differ from the discs beside them as marrow does.

    Parameters
    ----------
    fat_fractions
        Of the bodies, in %.
    disc
        Median of the discs, in %.

    Raises
    ------
    PlacementFault
        The discs are fat, or hardly leaner than the bodies.
    """
    bodies = list(fat_fractions)
    if disc is None or not bodies:
        return
    body = float(np.median(bodies))
    if disc < FATTEST_DISC_PERCENT and body - disc >= LEAST_CONTRAST:
        return
    raise PlacementFault(
        f"The labels do not lie on the vertebrae, or the map is none of fat fractions. Where discs "
        f"should lie the fat fraction is {disc:.0f}%, in the labelled bodies {body:.0f}%. Does the "
        "label map belong to this image?"
    )


def compare_sources(
    first: Mapping[str, BodyOutcome], second: Mapping[str, BodyOutcome], largest: float
) -> dict[str, BodyOutcome]:
    """Flag the levels of a first source that a second differs from by more than a limit.

    Parameters
    ----------
    first, second
        Fat fractions by level, in %; those of the first are kept.
    largest
        Largest difference of their means that is not flagged, in percentage points.
    """
    result = dict(first)
    for level, outcome in first.items():
        other = second.get(level)
        if isinstance(outcome, MeasuredBody) and isinstance(other, MeasuredBody):
            difference = other.values.mean - outcome.values.mean
            if abs(difference) > largest:
                flag = (
                    f"two_sources_differ: {difference:+.1f} percentage points (limit {largest:g})"
                )
                result[level] = flagged(outcome, (flag,))
    return result
