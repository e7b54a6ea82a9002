"""What the headings of DXA tables mean: APEX's, enCORE's, and those that the study maps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa import nhanes
from bonecohort.techniques.dxa.measure_words import heading_of, measure_alone, parted
from bonecohort.techniques.dxa.names import MEASURES, SPINE
from bonecohort.techniques.dxa.other_scans import unclear_headings
from bonecohort.techniques.dxa.regions import FEMUR, NOT_USED, TOTAL, Region, plain_text, region_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ID = "participant_id"
OF_ROW = {
    ID: ("participantid",),
    "region": ("region", "roi", "site", "messregion", "région", "部位"),
    "side": ("side", "laterality", "seite", "côté", "侧别"),
    "manufacturer": ("manufacturer", "maker", "make", "vendor", "hersteller", "fabricant"),
    "scan_date": (
        "scandate",
        "dateofscan",
        "examdate",
        "measuredate",
        "measurementdate",
        "messdatum",
        "untersuchungsdatum",
        "检查日期",
    ),
    "included": ("included",),
    "status": ("status",),
    "fracture": ("fracture", "fractured"),
    "artefact": ("artefact", "artifact"),
    "surgery": ("surgery", "implant"),
}
"""Columns that describe a whole row → how they are headed, squashed."""
APEX_ID = "patientkey"
APEX = ("scanid", "noregions", "startingregion", "roitype", "htotbmd", "totbmd", "r13bmd")
"""Headings of the tables of Hologic's APEX, squashed."""
NUMBER_OF_REGIONS, FIRST_REGION = "noregions", "startingregion"
UNIT_SIGNS = re.compile(r"[\^\s·*]")
"""Signs within a unit that say nothing."""
UNITS_OF: dict[str, tuple[str, ...]] = {
    "bmd": ("g/cm2", "gm/cm2", "gcm2", "g/sqcm", "g/cm-2", "gcm-2", "克/平方厘米"),
    "bmc": ("g", "gm", "gram", "grams", "克"),
    "area": ("cm2", "sqcm", "平方厘米"),
}


@dataclass(frozen=True)
class OfRegion:
    """A column of one region: its measure, ``included``, or ``invalidity``."""

    region: Region
    measure: str


Meaning = str | OfRegion
"""A column of the row, a measure of a row's region, or a measure of one region."""


def squashed(text: str) -> str:
    """Return a heading in small letters, without spaces and signs."""
    return re.sub(r"[\W_]+", "", plain_text(text))


def column_meant(key: str) -> Meaning | None:
    """Return what a key of ``bmd.columns`` means; None where it means nothing."""
    if key in OF_ROW or key in MEASURES:
        return key
    meaning = _of_region(key, default="bmd")
    if meaning and meaning.region.site == TOTAL:
        return OfRegion(Region(SPINE), meaning.measure)
    return meaning


def headings_meant(
    columns: Iterable[str], mapped: Mapping[str, str], where: str
) -> dict[str, Meaning]:
    """Return what each heading of a table means; those that mean nothing are left out.

    Parameters
    ----------
    columns
        The headings.
    mapped
        Key → heading, as in ``bmd.columns``.
    where
        The file, for messages.

    Raises
    ------
    DataFault
        Two headings mean the same, or a heading names another unit.
    """
    headings = list(columns)
    keys = {squashed(heading): key for key, heading in mapped.items()}
    is_apex = any(squashed(heading) in APEX for heading in headings)
    unclear = unclear_headings(headings)
    result: dict[str, Meaning] = {}
    for heading in headings:
        key = keys.get(squashed(heading))
        meaning = _mapped(key, heading) if key else _heading_meant(heading, is_apex=is_apex)
        if meaning is None or (heading in unclear and not key):
            continue
        twice = [other for other, one in result.items() if one == meaning]
        if twice:
            raise DataFault(
                f"{where}: columns {twice[0]!r} and {heading!r} both mean "
                f"{meaning_words(meaning)}; one is expected."
            )
        _refuse_unit(heading, meaning, where)
        result[heading] = meaning
    return result


def meaning_words(meaning: Meaning) -> str:
    """Return what a heading means, for messages."""
    if isinstance(meaning, str):
        return meaning
    return (
        f"{meaning.measure} of {' '.join(filter(None, (meaning.region.site, meaning.region.side)))}"
    )


def _mapped(key: str, heading: str) -> Meaning | None:
    """Return what a mapped heading means; that of a plain total may itself name the region."""
    meaning = column_meant(key)
    own = _of_region(heading_of(heading).text, default="")
    if squashed(key) == TOTAL and own and own.region.site not in (TOTAL, NOT_USED):
        return own
    return meaning


def _heading_meant(heading: str, *, is_apex: bool) -> Meaning | None:
    bare, unit = heading_of(heading)
    plain = squashed(bare)
    for name, words in OF_ROW.items():
        if plain in words:
            return name
    alone = "" if "%" in unit else measure_alone(bare)
    if alone in MEASURES:
        return alone
    if plain in (APEX_ID, NUMBER_OF_REGIONS, FIRST_REGION, *nhanes.STATUS_OF):
        return plain
    of_nhanes = nhanes.region_of_heading(plain)
    if of_nhanes:
        return OfRegion(Region(of_nhanes[0]), of_nhanes[1])
    meaning = None if "%" in unit else _of_region(bare, default="")
    if meaning and meaning.region.site == TOTAL and is_apex:
        return OfRegion(Region(SPINE), meaning.measure)
    return None if meaning and meaning.region.site in (NOT_USED, FEMUR) else meaning


def _of_region(text: str, default: str) -> OfRegion | None:
    """Return the region and measure that a text names; ``default`` where it names no measure."""
    result = parted(text)
    measure, rest = result or (default, text)
    region = region_of(rest)
    return OfRegion(region, measure) if region and measure else None


def _refuse_unit(heading: str, meaning: Meaning, where: str) -> None:
    written = heading_of(heading).unit
    measure = meaning if isinstance(meaning, str) else meaning.measure
    if written and measure in UNITS_OF:
        unit = UNIT_SIGNS.sub("", plain_text(written))
        if unit not in UNITS_OF[measure]:
            expected = UNITS_OF[measure][0].replace("2", "²")
            raise DataFault(f"{where}: column {heading!r} is in {written}; {expected} is expected.")
