"""DXA in FHIR: the Observations of a bundle, a report or alone (R4 and R5, JSON)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bonecohort.faults import DataFault
from bonecohort.study.table_kinds import LARGEST_FILE_MB, MB
from bonecohort.techniques.dxa.columns import UNIT_SIGNS, UNITS_OF
from bonecohort.techniques.dxa.dates import iso_date
from bonecohort.techniques.dxa.faults import SiteFault
from bonecohort.techniques.dxa.names import HIP, NECK, SPINE, UNKNOWN, Measure, Side
from bonecohort.techniques.dxa.reading import RegionReading, check_values
from bonecohort.techniques.dxa.regions import FEMUR, NOT_USED, TOTAL, Region, plain_text, region_of
from bonecohort.techniques.dxa.table import Read, maker_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Meaning = tuple[Region, Measure]
LOINC = "loinc.org"
CODES: dict[str, Meaning] = {
    "46278-8": (Region(HIP, "left"), "bmd"),
    "80946-7": (Region(HIP, "left"), "t_score"),
    "80938-4": (Region(HIP, "left"), "z_score"),
    "80954-1": (Region(FEMUR, "left"), "bmd"),
    "80948-3": (Region(FEMUR, "left"), "t_score"),
    "80940-0": (Region(FEMUR, "left"), "z_score"),
    "24701-5": (Region(FEMUR), "bmd"),
    "38263-0": (Region(FEMUR), "t_score"),
    "38264-8": (Region(HIP), "t_score"),
    "24966-4": (Region(SPINE), "bmd"),
    "38261-4": (Region(SPINE), "bmd"),
    "38267-1": (Region(SPINE), "t_score"),
}
"""LOINC → region and measure."""
MEASURE_WORDS: tuple[tuple[Measure, str], ...] = (
    ("t_score", r"t[\s\-]*scores?"),
    ("z_score", r"z[\s\-]*scores?"),
    ("bmc", r"bmc|bone mineral content"),
    ("area", r"area"),
    ("bmd", r"bmd|bone (?:mineral )?density|armass"),
)
NOISE = r"\b(?:dxa|dexa|armass|bmd|bone|mineral|density|scan|of|by|the|at|in)\b"
SCORE_UNITS = ("", "1", "{tscore}", "{zscore}", "{score}", "tscore", "zscore", "{sd}", "sd")
OTHER_UNIT = re.compile(r"mg|kg|%|mm")
NOT_VALID = ("entered-in-error", "cancelled", "unknown", "registered")
NECK_OF_FEMUR = "femur_as_neck"
SUBJECT = re.compile(r"(?:^|/)Patient/(?P<id>[A-Za-z0-9\-.]+)")
DEEPEST = 20
CODES_TOLD = 60
LARGEST_NUMBER = 1e9
LONGEST_TOLD = 40


class Origin(NamedTuple):
    """Of what device and scan an Observation is, and who is listed for its file."""

    maker: str
    scan: str
    reader: str


@dataclass(frozen=True)
class FhirFile:
    """The Observations of a file, each with its number in it and whose it is."""

    path: str
    observations: tuple[Observation, ...]

    @property
    def subjects(self) -> frozenset[str]:
        """The patients that it names."""
        return frozenset(one.subject for one in self.observations if one.subject)


@dataclass(frozen=True)
class Observation:
    """One Observation: its place in the file, its patient, the device's maker, its content."""

    number: int
    subject: str
    maker: str
    content: Mapping[str, Any]


def read_fhir(file: Path, path: str) -> FhirFile:
    """Read the Observations of a file.

    Parameters
    ----------
    file
        Where it lies.
    path
        What it is called in messages.

    Raises
    ------
    DataFault
        It is no JSON, no FHIR, or holds no Observation; a narrative is not read.
    """
    if file.stat().st_size > LARGEST_FILE_MB * MB:
        raise DataFault(f"{path}: more than {LARGEST_FILE_MB} MB; keep only people of the study.")
    try:
        documents = _documents(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataFault(f"{path}: this is no readable JSON.") from error
    makers = _makers(documents)
    observations = (one for node in documents for one in _resources(node, "Observation"))
    found = tuple(
        Observation(number, _subject(one), _maker(one, makers), one)
        for number, one in enumerate(observations, start=1)
    )
    if not found:
        raise DataFault(
            f"{path}: no Observation; a FHIR Bundle, DiagnosticReport or Observation with values "
            "is expected. Values in a narrative (text.div) are not read."
        )
    return FhirFile(path, found)


def _documents(text: str) -> list[Any]:
    """Return the documents of a JSON text: one, a list of them, or one a line (NDJSON)."""
    try:
        content = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError:
        lines = (line for line in text.splitlines() if line.strip())
        return [json.loads(line, parse_constant=_no_number) for line in lines]
    return content if isinstance(content, list) else [content]


def _no_number(text: str) -> float:
    """Refuse NaN and Infinity, which JSON does not have and Python reads."""
    raise ValueError(text)


def _resources(node: Any, kind: str, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a kind: the node itself, those contained, those of its entries."""
    if not isinstance(node, dict) or depth > DEEPEST:
        return
    if node.get("resourceType") == kind:
        yield node
    contained = node.get("contained")
    for one in contained if isinstance(contained, list) else ():
        yield from _resources(one, kind, depth + 1)
    entries = node.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _resources(entry.get("resource"), kind, depth + 1)


def _makers(documents: Sequence[Any]) -> dict[str, str]:
    """Return the makers of the file's devices by their IDs."""
    return {
        str(device.get("id")): maker_of(str(device.get("manufacturer", "")))
        for content in documents
        for device in _resources(content, "Device")
    }


def _maker(observation: Mapping[str, Any], makers: Mapping[str, str]) -> str:
    """Return the maker of the device that measured, by its resource or its displayed name."""
    device = observation.get("device")
    if not isinstance(device, dict):
        return UNKNOWN
    own = str(device.get("reference", "")).rpartition("/")[2].removeprefix("#")
    return makers.get(own) or maker_of(str(device.get("display", ""))) or UNKNOWN


def _subject(observation: Mapping[str, Any]) -> str:
    subject = observation.get("subject")
    reference = subject.get("reference") if isinstance(subject, dict) else ""
    match = SUBJECT.search(reference) if isinstance(reference, str) else None
    return match["id"] if match else ""


def read_observations(path: str, observations: Sequence[Observation], reader: str) -> Read:
    """Return what the Observations of one participant say.

    An unknown code is reported, and never guessed at; nothing is read from a narrative.
    """
    found = Read([], [], [])
    for one in observations:
        where = f"{path}, Observation {one.number}"
        try:
            status = one.content.get("status")
            if status in NOT_VALID:
                raise DataFault(f"{where}: status {status}; final is expected.")
            scan = _date(one.content, where)
        except DataFault as fault:
            found.faults.append(SiteFault("", fault.reason))
            continue
        for part in _parts(one.content):
            meaning = _meaning(part, one.content)
            if meaning is None:
                found.unknown.append(f"{where}: {_code_words(part)}")
            elif meaning[0].site != NOT_USED:
                _add(part, meaning, where, Origin(one.maker, scan, reader), found)
    return found


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


def _meaning(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Meaning | None:
    """Return the region and measure of an Observation by its code, else by the code's text."""
    code = part.get("code")
    if not isinstance(code, dict):
        return None
    side = _side(whole)
    for coding in _codings(code):
        is_loinc = LOINC in str(coding.get("system", ""))
        found = CODES.get(str(coding.get("code"))) if is_loinc else None
        if found:
            region, measure = found
            return Region(region.site, region.side or side), measure
    for text in _texts(code):
        found = _by_text(text)
        if found:
            region, measure = found
            return Region(region.site, region.side or side), measure
    return None


def _by_text(text: str) -> Meaning | None:
    plain = plain_text(text)
    for measure, words in MEASURE_WORDS:
        rest, n = re.subn(rf"(?<![a-z])(?:{words})(?![a-z])", " ", plain)
        if n:
            region = region_of(re.sub(NOISE, " ", rest))
            return (region, measure) if region and region.site != TOTAL else None
    return None


def _side(whole: Mapping[str, Any]) -> Side:
    """Return the side that the body site names; '' where it names none."""
    regions = (region_of(text) for text in _texts(whole.get("bodySite")))
    return next((region.side for region in regions if region and region.side), "")


def _texts(concept: Any) -> list[str]:
    """Return the text of a CodeableConcept, and what its codes are displayed as."""
    if not isinstance(concept, dict):
        return []
    found = [concept.get("text"), *(coding.get("display") for coding in _codings(concept))]
    return [text for text in found if isinstance(text, str)]


def _codings(concept: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    codings = concept.get("coding")
    return [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []


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
    found = content.get("effectiveDateTime") or content.get("effectiveInstant") or start
    text = str(found) if found else ""
    return iso_date(text, f"{where}, effectiveDateTime") if len(text) >= len("2024-01-01") else ""


def _code_words(part: Mapping[str, Any]) -> str:
    """Return the codes of an Observation, which are of a code system and hold nobody's name."""
    code = part.get("code")
    found = [str(one.get("code")) for one in _codings(code)] if isinstance(code, dict) else []
    return f"code {', '.join(found)}"[:CODES_TOLD] if found else "no code"
