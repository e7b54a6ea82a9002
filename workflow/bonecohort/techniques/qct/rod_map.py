"""``qct_rods`` as a label map: the rods' HU are measured on the CT, beside the vertebrae."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bonecohort.faults import DataFault
from bonecohort.techniques.qct.fitted import Sample
from bonecohort.techniques.qct.range_ends import refuse_cut_off
from bonecohort.techniques.qct.regions import in_slices, regions_of, slice_axis, without_rim
from bonecohort.techniques.qct.rods import calibrate_by_rods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.images.volume import FloatArray, Volume
    from bonecohort.techniques.qct.fitted import Fitted
    from bonecohort.techniques.qct.regions import Region
    from bonecohort.techniques.qct.settings import PhantomSettings

NEAR_MM = 5.0
"""Rods are measured in the slices within this distance of a vertebra's regions."""
LEAST_VOXELS = 20
LEAST_SEEN = 0.5
MOST_HU_FROM_CORE, MOST_OF_CORE = 5.0, 0.02
"""HU, and part of the rod's HU: so much its outer half may differ from its inner."""
STANDARD_ERRORS = 4.0
"""So much noise is allowed for: that of a CT is alike over a few voxels."""


@dataclass(frozen=True)
class RodsOnCt:
    """Rods measured on a CT.

    Attributes
    ----------
    rods
        In the order of their labels.
    regions
        What was measured of each, by its label.
    flags
        Of rods that were hardly seen beside a vertebra.
    """

    rods: tuple[Sample, ...]
    regions: Mapping[int, Region]
    flags: tuple[str, ...] = field(default=())


def calibrate_by_map(
    ct: Volume, labels: Volume, phantom: PhantomSettings, vertebrae: Mapping[str, FloatArray]
) -> Fitted:
    """Return the calibration by a label map of rods.

    Parameters
    ----------
    ct, labels
        Image and label map, each on its own grid.
    phantom
        Density of every label.
    vertebrae
        Level → centres of its measured regions, LPS mm, shape (n, 3); without any, the rods are
        measured in all slices.

    Raises
    ------
    DataFault
        The rods are not declared, cannot be measured, or give no line.
    """
    if not phantom.rods or not phantom.equivalent:
        raise DataFault(
            "Rods are listed as a label map; declare their densities and mineral in "
            "bmd.phantom: {equivalent: K2HPO4, rods: {1: 0, 2: 75, 3: 150}}."
        )
    measured = measure_rods(ct, labels, phantom.rods, vertebrae)
    result = calibrate_by_rods(measured.rods, phantom.equivalent)
    return replace(result, flags=(*result.flags, *measured.flags))


def measure_rods(
    ct: Volume,
    labels: Volume,
    densities: Mapping[int, float],
    vertebrae: Mapping[str, FloatArray],
) -> RodsOnCt:
    """Measure rods without their rims, in the slices beside the vertebrae.

    Raises
    ------
    DataFault
        A rod lies outside the image, is too thin, or is cut off at an end of the CT's range.
    """
    names = {number: f"Rod {number}" for number in densities}
    regions = regions_of(ct, labels, names)
    flags: tuple[str, ...] = ()
    if vertebrae:
        slices = {level: slices_near(ct, centres) for level, centres in vertebrae.items()}
        flags = _hardly_seen(regions, slices)
        near = set().union(*slices.values())
        regions = {number: in_slices(region, near) for number, region in regions.items()}
    regions = {number: without_rim(region) for number, region in regions.items()}
    rods = tuple(
        _rod(names[number], densities[number], region) for number, region in regions.items()
    )
    refuse_cut_off(ct, {f"rod {number}": region.values for number, region in regions.items()})
    return RodsOnCt(rods, regions, flags)


def slices_near(ct: Volume, centres_lps_mm: FloatArray) -> set[int]:
    """Return the slices from 5 mm below to 5 mm above some places (LPS mm, shape (n, 3))."""
    axis = slice_axis(ct)
    places = ct.to_index(centres_lps_mm)[:, axis]
    reach = NEAR_MM / float(ct.spacing_mm[axis])
    first, last = np.ceil(places.min() - reach), np.floor(places.max() + reach)
    return set(range(max(int(first), 0), min(int(last), ct.array.shape[axis] - 1) + 1))


def _hardly_seen(regions: Mapping[int, Region], slices: Mapping[str, set[int]]) -> tuple[str, ...]:
    levels = [
        level
        for level, own in slices.items()
        if any(len(region.slices & own) < LEAST_SEEN * len(own) for region in regions.values())
    ]
    return (f"rods_partly_seen: {', '.join(levels)}",) if levels else ()


def _rod(name: str, density: float, region: Region) -> Sample:
    values = region.values
    if len(values) < LEAST_VOXELS:
        raise DataFault(
            f"{name} has {len(values)} voxels without its rim, beside the vertebrae; "
            f"{LEAST_VOXELS} or more are needed. Does the phantom reach along them?"
        )
    if not np.isfinite(values).all():
        raise DataFault(f"{name} holds voxels without a value.")
    _check_core(name, region)
    return Sample(
        name.removeprefix("Rod "),
        float(values.mean()),
        float(values.std(ddof=1)),
        len(values),
        density,
    )


def _check_core(name: str, region: Region) -> None:
    """Refuse a rod whose outer voxels have other HU than the inner ones.

    A label that is larger than its rod, or beside it, mixes every rod with what surrounds it. All
    SDs rise together then, and the line stays straight with another slope.
    """
    outer, inner = region.outer_and_inner
    if not len(inner):
        return
    difference = float(outer.mean() - inner.mean())
    most = max(MOST_HU_FROM_CORE, MOST_OF_CORE * abs(float(inner.mean())))
    noise = float(inner.std()) * float(np.sqrt(1 / len(outer) + 1 / len(inner)))
    if abs(difference) > most + STANDARD_ERRORS * noise:
        raise DataFault(
            f"{name} is uneven: {outer.mean():.0f} HU towards its border and {inner.mean():.0f} HU "
            f"in its middle; a difference of at most {most:.0f} HU is expected. Look "
            "for an air bubble, or a label that leaves the rod."
        )
