"""What the code of an Observation means: by LOINC, else by the code's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bonecohort.techniques.dxa.names import HIP, SPINE, Measure, Side
from bonecohort.techniques.dxa.regions import FEMUR, TOTAL, Region, plain_text, region_of

if TYPE_CHECKING:
    from collections.abc import Mapping

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
CODES_TOLD = 60


def meaning_of(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Meaning | None:
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


def code_words(part: Mapping[str, Any]) -> str:
    """Return the codes of an Observation, which are of a code system and hold nobody's name."""
    code = part.get("code")
    found = [str(one.get("code")) for one in _codings(code)] if isinstance(code, dict) else []
    return f"code {', '.join(found)}"[:CODES_TOLD] if found else "no code"
