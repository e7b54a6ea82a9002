"""From the readings of one scan to sites of the results: totals of spine and hip, and sides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.names import (
    HIP,
    INTERTROCHANTER,
    LEVELS,
    NECK,
    SIDED,
    SPINES,
    TROCHANTER,
)
from bonecohort.techniques.dxa.reading import density, refuse_other
from bonecohort.techniques.dxa.regions import TOTAL
from bonecohort.techniques.dxa.spine import sums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.techniques.dxa.reading import RegionReading

PARTS_OF_HIP = (TROCHANTER, INTERTROCHANTER, NECK)
"""The regions that a total hip is made of; Ward's triangle is within the neck."""


@dataclass
class OfScan:
    """One participant's readings of one scan of each part of the body, by site.

    ``others`` are those of hip and forearm, with the side in the site where there are both.
    """

    levels: dict[str, RegionReading] = field(default_factory=dict)
    totals: dict[str, RegionReading] = field(default_factory=dict)
    others: dict[str, RegionReading] = field(default_factory=dict)
    faults: list[SiteFault] = field(default_factory=list)


def of_scan(readings: Sequence[RegionReading]) -> OfScan:
    """Part the readings of a participant, joined and of one scan, by where they are."""
    result = OfScan()
    result.levels = {reading.site: reading for reading in readings if reading.site in LEVELS}
    result.totals = {reading.site: reading for reading in readings if reading.site in SPINES}
    own = [
        _with_total_hip(reading, readings, result.faults)
        for reading in readings
        if reading.site in SIDED
    ]
    kept = [reading for reading in own if reading is not None]
    for site in SIDED:
        try:
            result.others |= _by_side(site, [reading for reading in kept if reading.site == site])
        except DataFault as fault:
            result.faults.append(SiteFault(site, fault.reason))
    return result


def resolved_totals(
    readings: Sequence[RegionReading],
) -> tuple[list[RegionReading], list[SiteFault]]:
    """Give each total without a named part the site of the other regions.

    Exports call the total of a hip and that of a spine alike. It is of the hip where it has a side.
    It is so, too, beside regions of a hip or a total of the spine. With single vertebrae both must
    be there. In other cases it is a fault.
    """
    sites = {reading.site for reading in readings}
    has_hip = bool(sites.intersection((*PARTS_OF_HIP, HIP)))
    has_spine = bool(sites.intersection(SPINES))
    has_levels = bool(sites.intersection(LEVELS))
    is_hip = (has_hip and has_spine) or (not has_levels and (has_hip or has_spine))
    result = [
        replace(reading, site=HIP) if reading.site == TOTAL else reading
        for reading in readings
        if reading.site != TOTAL or is_hip or reading.side
    ]
    faults = [
        SiteFault(
            "",
            f"{reading.where}: the region 'Total' may be of the spine or of the hip; write L1-L4 "
            "or Total hip.",
        )
        for reading in readings
        if reading.site == TOTAL and not (is_hip or reading.side)
    ]
    return result, faults


def _with_total_hip(
    reading: RegionReading, readings: Sequence[RegionReading], faults: list[SiteFault]
) -> RegionReading | None:
    """Return a reading, a total hip computed from its parts; None with a fault added."""
    if reading.site != HIP:
        return reading
    beside = [one for one in readings if one.side == reading.side]
    try:
        return _total_hip(reading, {one.site: one for one in beside if one.site in PARTS_OF_HIP})
    except DataFault as fault:
        faults.append(SiteFault(HIP, fault.reason))
        return None


def _total_hip(exported: RegionReading, parts: Mapping[str, RegionReading]) -> RegionReading:
    """Return a total hip with ΣBMC / ΣArea of its parts, else its own BMC / area."""
    complete = len(parts) == len(PARTS_OF_HIP)
    if complete and all(density(reading.values) is not None for reading in parts.values()):
        computed = sums(parts, PARTS_OF_HIP)
        if "bmd" in exported.values:
            what = "ΣBMC / ΣArea of its parts"
            refuse_other(exported.values["bmd"], computed["bmd"], exported.where, what)
        return replace(exported, values={**exported.values, **computed})
    ratio = density(exported.values)
    return (
        replace(exported, values={**exported.values, "bmd": ratio})
        if ratio is not None
        else exported
    )


def _by_side(site: str, readings: Sequence[RegionReading]) -> dict[str, RegionReading]:
    """Return a region of the hip or forearm, with its side where there are both.

    Raises
    ------
    DataFault
        It stands with a side, and without one.
    """
    by_side = {reading.side: reading for reading in readings}
    if "" in by_side and len(by_side) > 1:
        raise DataFault(
            f"{by_side[''].where}: {site} has no side, but stands also with one; name the side of "
            "each, left or right."
        )
    if len(by_side) == 1:
        return {site: readings[0]}
    return {f"{site}_{side}": reading for side, reading in by_side.items()}
