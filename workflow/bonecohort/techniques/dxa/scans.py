"""The scans of one participant: rows of one scan joined, and one of repeated scans picked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.names import HIP, RADIUS, SPINE, UNKNOWN, part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bonecohort.techniques.dxa.names import Measure, Side
    from bonecohort.techniques.dxa.reading import RegionReading

    Key = tuple[str, Side, str]
    Scans = dict[str, list[RegionReading]]

NEAREST_CT, LATEST, ALL = "nearest_ct", "latest", "all"
ONE_SCAN = ""
"""Stands for the reader where one scan of each part counts."""
SCAN = "scan_{number}"
"""The reader of repeated scans that all count."""
SITE_OF_PART = {"spine": SPINE, "hip": HIP, "forearm": RADIUS}


def joined(readings: Iterable[RegionReading]) -> tuple[list[RegionReading], list[SiteFault]]:
    """Join what several rows or elements say of one region in one scan.

    A region of which they contradict each other is left out of all scans, and is a fault.
    """
    result: dict[Key, RegionReading] = {}
    faults: dict[str, SiteFault] = {}
    for reading in readings:
        key = (reading.site, reading.side, reading.scan)
        try:
            result[key] = _together(result[key], reading) if key in result else reading
        except DataFault as fault:
            faults.setdefault(reading.site, SiteFault(reading.site, fault.reason))
    kept = [reading for reading in result.values() if reading.site not in faults]
    return kept, list(faults.values())


def _together(first: RegionReading, second: RegionReading) -> RegionReading:
    values: dict[Measure, float] = {**second.values, **first.values}
    for measure, value in second.values.items():
        if values[measure] != value:
            raise DataFault(
                f"{second.where}: {measure} {value:g}, but {first.where} has {values[measure]:g} "
                f"of the same {first.site}{_of_scan(first.scan)}. Repeated scans need scan_date, "
                "and both sides of the body their side; else keep one of the two."
            )
    if UNKNOWN not in (first.maker, second.maker) and first.maker != second.maker:
        raise DataFault(
            f"{second.where}: {second.maker}, but {first.where} says {first.maker} of the same "
            f"{first.site}{_of_scan(first.scan)}; one maker is expected."
        )
    maker = second.maker if first.maker == UNKNOWN else first.maker
    flags = tuple(dict.fromkeys((*first.flags, *second.flags)))
    is_included = first.is_included and second.is_included
    return replace(first, values=values, maker=maker, is_included=is_included, flags=flags)


def _of_scan(scan: str) -> str:
    return " on the same day" if scan else " without a date"


def picked_scans(
    readings: Sequence[RegionReading], pick: str, ct_date: str
) -> tuple[Scans, list[SiteFault]]:
    """Return the readings that count by reader, and the parts of the body without a scan to take.

    Parameters
    ----------
    readings
        One participant's, joined.
    pick
        ``nearest_ct``, ``latest`` or ``all`` (``bmd.dxa_pick``).
    ct_date
        ``YYYY-MM-DD``; '' where it is not known.
    """
    by_part: dict[tuple[str, str], Scans] = {}
    for reading in readings:
        part = (part_of(reading.site), reading.side)
        by_part.setdefault(part, {}).setdefault(reading.scan, []).append(reading)
    faults: list[SiteFault] = []
    picked: list[RegionReading] = []
    for (part_name, _), scans in by_part.items():
        try:
            days = _days(scans, pick, ct_date)
        except DataFault as fault:
            faults.append(SiteFault(SITE_OF_PART[part_name], fault.reason))
        else:
            picked += [reading for day in days for reading in scans[day]]
    is_repeated = pick == ALL and any(len(scans) > 1 for scans in by_part.values())
    return (_numbered(picked) if is_repeated else {ONE_SCAN: picked}), faults


def _days(scans: Mapping[str, Sequence[RegionReading]], pick: str, ct_date: str) -> list[str]:
    """Return the dates of the scans that count; of two as near to the CT, the earlier.

    Raises
    ------
    DataFault
        A scan of several has no date, or the date of the CT is needed and missing.
    """
    if len(scans) == 1 or (pick == ALL and "" not in scans):
        return list(scans)
    if "" in scans:
        raise DataFault(
            f"{scans[''][0].where}: the scan has no scan_date, and there are scans of other days; "
            "repeated scans need scan_date."
        )
    if pick == LATEST:
        return [max(scans)]
    if not ct_date:
        where = scans[min(scans)][0].where
        raise DataFault(
            f"{where}: {len(scans)} scans of the same part, and no ct_date in the participants "
            "table says which is nearest the CT. Give ct_date, or set bmd.dxa_pick to latest or "
            "all."
        )
    of_ct = date.fromisoformat(ct_date)
    return [min(scans, key=lambda day: (abs((date.fromisoformat(day) - of_ct).days), day))]


def _numbered(readings: Sequence[RegionReading]) -> Scans:
    dates = sorted({reading.scan for reading in readings})
    return {
        SCAN.format(number=number): [reading for reading in readings if reading.scan == day]
        for number, day in enumerate(dates, start=1)
    }
