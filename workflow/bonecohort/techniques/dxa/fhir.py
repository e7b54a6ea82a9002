"""DXA in FHIR (R4 and R5): the values of one participant's Observations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from bonecohort.faults import DataFault
from bonecohort.measures.dates import iso_date
from bonecohort.techniques.dxa.columns import UNIT_SIGNS, UNITS_OF
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.fhir_codes import Meaning, code_words, meaning_of
from bonecohort.techniques.dxa.names import NECK, Measure
from bonecohort.techniques.dxa.reading import Read, RegionReading, check_values
from bonecohort.techniques.dxa.regions import FEMUR, NOT_USED, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.techniques.dxa.fhir_file import Observation

SCORE_UNITS = ("", "1", "{tscore}", "{zscore}", "{score}", "tscore", "zscore", "{sd}", "sd")
OTHER_UNIT = re.compile(r"mg|kg|%|mm")
NOT_VALID = ("entered-in-error", "cancelled", "unknown", "registered")
NECK_OF_FEMUR = "femur_as_neck"
LARGEST_NUMBER = 1e9
LONGEST_TOLD = 40


class Origin(NamedTuple):
    """Of what device and scan an Observation is, and who is listed for its file."""

    maker: str
    scan: str
    reader: str


def read_observations(path: str, observations: Sequence[Observation], reader: str) -> Read:
    """Return what the Observations of one participant say.

    An unknown code is reported, and never guessed at; nothing is read from a narrative.
    """
    result = Read([], [], [])
    for observation in observations:
        where = f"{path}, Observation {observation.number}"
        try:
            status = observation.content.get("status")
            if status in NOT_VALID:
                raise DataFault(f"{where}: status {status}; final is expected.")
            scan = _date(observation.content, where)
        except DataFault as fault:
            result.faults.append(SiteFault("", fault.reason))
            continue
        for part in _parts(observation.content):
            try:
                meaning = meaning_of(part, observation.content)
            except DataFault as fault:
                result.faults.append(SiteFault("", f"{where}: {fault.reason}"))
                continue
            if meaning is None:
                result.unknown.append(f"{where}: {code_words(part)}")
            elif meaning[0].site != NOT_USED:
                _add(part, meaning, where, Origin(observation.maker, scan, reader), result)
    return result


def _add(
    part: Mapping[str, Any],
    meaning: Meaning,
    where: str,
    origin: Origin,
    into: Read,
) -> None:
    """Add the value of a part, or why it has none."""
    region, measure = meaning
    is_femur = region.site == FEMUR
    site = NECK if is_femur else region.site
    try:
        values = {measure: _value(part, measure, where)}
        check_values(values, where)
    except DataFault as fault:
        into.faults.append(SiteFault(site, fault.reason))
    else:
        flags = (NECK_OF_FEMUR,) if is_femur else ()
        maker, scan, reader = origin
        into.readings.append(
            RegionReading(site, region.side, values, where, maker, scan, reader=reader, flags=flags)
        )


def _parts(content: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield an Observation that has a value, and its components."""
    components = content.get("component")
    own = [one for one in components if isinstance(one, dict)] if components else []
    if not own or "valueQuantity" in content:
        yield content
    yield from own


def _value(part: Mapping[str, Any], measure: Measure, where: str) -> float:
    quantity = part.get("valueQuantity")
    if not isinstance(quantity, dict):
        raise DataFault(f"{where}: no valueQuantity; a number with its unit is expected.")
    value = quantity.get("value")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    number = value if is_number else None
    if number is None or abs(number) > LARGEST_NUMBER:
        raise DataFault(f"{where}: value {str(value)[:LONGEST_TOLD]!r}; a number is expected.")
    if quantity.get("comparator"):
        raise DataFault(f"{where}: {quantity['comparator']} {value}; a plain number is expected.")
    _refuse_unit(quantity, measure, where)
    return float(number)


def _refuse_unit(quantity: Mapping[str, Any], measure: Measure, where: str) -> None:
    """Refuse another unit: the code decides, unless the printed unit plainly contradicts it."""
    written = [str(quantity[key]) for key in ("code", "unit") if quantity.get(key)]
    is_score = measure not in UNITS_OF
    allowed = UNITS_OF.get(measure, SCORE_UNITS)
    decisive = _plain(written[0], is_score) if written else ""
    if decisive not in allowed or any(OTHER_UNIT.search(unit) for unit in written):
        expected = "a score without a unit" if is_score else UNITS_OF[measure][0]
        raise DataFault(f"{where}: unit {', '.join(written) or 'missing'}; {expected} is expected.")


def _plain(unit: str, is_score: bool) -> str:
    plain = UNIT_SIGNS.sub("", plain_text(unit))
    return re.sub(r"[\s_\-]", "", plain) if is_score else plain


def _date(content: Mapping[str, Any], where: str) -> str:
    period = content.get("effectivePeriod")
    start = period.get("start") if isinstance(period, dict) else None
    result = content.get("effectiveDateTime") or content.get("effectiveInstant") or start
    text = str(result) if result else ""
    return iso_date(text, f"{where}, effectiveDateTime") if len(text) >= len("2024-01-01") else ""
