"""One participant's DXA: from what the files say to measurements, exclusions and flags."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.measures.dates import iso_date
from bonecohort.measures.measurement import Measurement
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.names import (
    LEVELS,
    LOWEST,
    MODALITY,
    SPINE,
    SPINE_FROM_L2,
    SPINES,
    UNITS,
    UNKNOWN,
    WHO,
)
from bonecohort.techniques.dxa.rows import means_of_scans, site_rows
from bonecohort.techniques.dxa.scans import ALL, joined, picked_scans
from bonecohort.techniques.dxa.sites import of_scan, resolved_totals
from bonecohort.techniques.dxa.spine import spine_totals
from bonecohort.techniques.dxa.who import LEAST_AGE, lowest_t_score, who_class, why_no_class

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bonecohort.techniques.dxa.reading import RegionReading
    from bonecohort.techniques.dxa.settings import DxaSettings
    from bonecohort.techniques.dxa.sites import OfScan
    from bonecohort.techniques.dxa.spine import SpineTotal

NOT_COUNTED = "{where}: {site} is marked as not included; it was left out."
ISCD_LEFT_OUT = (
    "{where}: the T-score of {site} differs by more than 1.0 from a neighbour's; it was left out "
    "(bmd.iscd: apply)."
)


@dataclass(frozen=True)
class Person:
    """What decides a participant's class and scan; None and '' where it is not known."""

    sex: str | None = None
    age_years: float | None = None
    postmenopausal: str | None = None
    ct_date: str = ""


@dataclass(frozen=True)
class Using:
    """What a scan is measured with.

    ``unread`` are sites of which something could not be read, ``left_out`` those that the study
    leaves out: vertebrae among them are in no total.
    """

    unread: frozenset[str]
    left_out: Collection[str]
    settings: DxaSettings


@dataclass
class Outcome:
    """A participant's measurements; exclusions and flags by site."""

    measurements: list[Measurement] = field(default_factory=list)
    faults: list[SiteFault] = field(default_factory=list)
    flags: list[tuple[str, str]] = field(default_factory=list)


def measured(
    readings: Sequence[RegionReading],
    faults: Iterable[SiteFault],
    person: Person,
    left_out: Collection[str],
    settings: DxaSettings,
) -> Outcome:
    """Return what is measured of one participant.

    Parameters
    ----------
    readings
        What the files say, each checked.
    faults
        What could not be read of them.
    person
        Sex, age, menopause, and the date of the CT.
    left_out
        Sites that the study leaves out: vertebrae among them are in no total.
    settings
        The study's.
    """
    result = Outcome(faults=[*faults])
    named, unclear = resolved_totals(readings)
    whole, contradictory = joined(named)
    result.faults += [*unclear, *contradictory]
    try:
        ct_date = iso_date(person.ct_date, "participants table, ct_date")
    except DataFault as fault:
        ct_date = ""
        result.faults.append(SiteFault("", fault.reason))
    by_reader, without_scan = picked_scans(whole, settings.dxa_pick, ct_date)
    result.faults += without_scan
    unread = frozenset(fault.site for fault in result.faults)
    for reader, own in by_reader.items():
        _add_scan(reader, own, Using(unread, left_out, settings), result)
    if settings.dxa_pick == ALL and len(by_reader) > 1:
        result.measurements += means_of_scans(result.measurements)
    _add_class(person, left_out, result)
    return result


def _add_scan(scan: str, readings: Sequence[RegionReading], using: Using, into: Outcome) -> None:
    parted = of_scan(readings)
    into.faults += parted.faults
    for reading in readings:
        into.flags += [(reading.site, flag) for flag in reading.flags]
    differing = _add_spine(scan, parted, using, into)
    for site, reading in {**parted.levels, **parted.others}.items():
        reason = ""
        if site in LEVELS and not reading.is_included:
            reason = NOT_COUNTED
        elif site in differing:
            reason = ISCD_LEFT_OUT
        if reason:
            into.faults.append(SiteFault(site, reason.format(where=reading.where, site=site)))
        else:
            into.measurements += site_rows(site, reading.values, reading, scan, using.settings)
    _add_maker(readings, using.settings, into)


def _add_maker(readings: Sequence[RegionReading], settings: DxaSettings, into: Outcome) -> None:
    """Flag a BMD whose maker is not known, which has no sBMD."""
    nobodys = [
        reading for reading in readings if reading.maker == UNKNOWN and "bmd" in reading.values
    ]
    if nobodys and settings.pool == "sbmd":
        reason = f"{nobodys[0].where}: the manufacturer is missing, which standardized BMD needs."
        into.faults.append(SiteFault("", reason))
    elif nobodys:
        into.flags.append(("", "maker_unknown"))


def _add_spine(scan: str, parted: OfScan, using: Using, into: Outcome) -> tuple[str, ...]:
    """Add the totals of the spine; return the vertebrae left out for their T-scores.

    Where the file's own total could not be read there is none.
    """
    levels, totals = parted.levels, parted.totals
    if not using.unread.isdisjoint(SPINES):
        return ()
    site = next(iter(totals), SPINE if "L1" in levels else SPINE_FROM_L2)
    try:
        _refuse_unread(using.unread, parted)
        applies = using.settings.iscd == "apply"
        result = spine_totals(levels, totals, using.left_out, applies_iscd=applies)
    except DataFault as fault:
        into.faults.append(SiteFault(site, fault.reason))
        return ()
    for total in result:
        of = totals.get(total.site) or next(iter(levels.values()))
        rows = list(site_rows(total.site, total.values, of, scan, using.settings))
        into.measurements += rows
        into.flags += [(total.site, flag) for flag in _spine_flags(total, rows)]
    return result[0].left_out if result else ()


def _refuse_unread(unread: Collection[str], parted: OfScan) -> None:
    bad = [level for level in LEVELS if level in unread]
    if bad and (parted.levels or parted.totals):
        raise DataFault(f"{', '.join(bad)} could not be read, so there is no total of the spine.")


def _spine_flags(total: SpineTotal, rows: Sequence[Measurement]) -> Iterator[str]:
    nominal = LEVELS if total.site == SPINE else LEVELS[1:]
    if total.levels and total.levels != nominal:
        yield f"levels_used: {', '.join(total.levels)} ({len(total.levels)} of {len(nominal)})"
    if total.suspects:
        yield f"iscd_suspects: {', '.join(total.suspects)}"
    if not total.is_checked:
        yield "iscd_unchecked"
    if total.site == SPINE and any(row.measure == "sbmd" for row in rows):
        yield "sbmd_of_l1_l4"


def _add_class(person: Person, left_out: Collection[str], into: Outcome) -> None:
    """Add the lowest T-score, and its class where the person may have one."""
    readers = {row.reader for row in into.measurements}
    own = [
        row
        for row in into.measurements
        if row.measure == "t_score"
        and row.value is not None
        and row.site not in left_out
        and (row.reader == MEAN_OF_READERS or MEAN_OF_READERS not in readers)
    ]
    lowest = lowest_t_score({row.site: row.value for row in own if row.value is not None})
    if lowest is None:
        return
    of = next(row for row in own if row.site == lowest.site)
    unit = UNITS["t_score"]
    into.measurements.append(
        Measurement(LOWEST, MODALITY, "t_score", lowest.t_score, unit, of.method, of.reader)
    )
    reason = why_no_class(person.sex, person.age_years, person.postmenopausal)
    if reason:
        into.faults.append(SiteFault(LOWEST, reason))
        return
    if person.sex == "female" and person.postmenopausal is None:
        into.flags.append((LOWEST, f"menopause_by_age: {LEAST_AGE}"))
    result = float(who_class(lowest.t_score))
    into.measurements.append(
        Measurement(LOWEST, MODALITY, "who_class", result, UNITS["who_class"], WHO, of.reader)
    )
