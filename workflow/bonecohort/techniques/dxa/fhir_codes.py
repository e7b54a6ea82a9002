"""What an Observation is of: by LOINC, else by the code's text; its body site beside either."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bonecohort.techniques.dxa.fhir_place import (
    Place,
    body_site,
    codings_of,
    place_of,
    texts_of,
    together,
)
from bonecohort.techniques.dxa.measure_words import parted
from bonecohort.techniques.dxa.names import HIP, MEASURES, SPINE, Measure
from bonecohort.techniques.dxa.regions import FEMUR, Region

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
OF_L1_L4 = "38261-4"
"""The one that names vertebrae; the others name a part of the body."""
NOISE = r"\b(?:dxa|dexa|bone|mineral|density|scan|score|value|result|of|by|the|at|in)\b"
CODES_TOLD = 60


def meaning_of(part: Mapping[str, Any], whole: Mapping[str, Any]) -> Meaning | None:
    """Return the region and measure of an Observation, or of a component of it.

    Parameters
    ----------
    part
        What has a code: the Observation, or a component.
    whole
        What has the body site: the Observation.

    Returns
    -------
    tuple or None
        None where the code is not known, or nothing names the region.

    Raises
    ------
    DataFault
        Code and body site contradict each other.
    """
    code = part.get("code")
    if not isinstance(code, dict):
        return None
    body = body_site(whole)
    for named, measure in _named(code, texts_of(whole.get("bodySite"))):
        region = together(named, body)
        if region:
            return region, measure
    return None


def _named(code: Mapping[str, Any], sites: Sequence[str]) -> Iterator[tuple[Place, Measure]]:
    """Yield what the codes mean, then what the texts mean, alone or after a body site."""
    for coding in codings_of(code):
        number = str(coding.get("code"))
        if LOINC in str(coding.get("system", "")) and number in CODES:
            region, measure = CODES[number]
            yield Place(region, number != OF_L1_L4), measure
    for text in texts_of(code):
        result = parted(text)
        if result is None or result.measure not in MEASURES:
            continue
        rest = re.sub(NOISE, " ", result.rest)
        place = place_of(rest)
        if place.region or not re.sub(r"[\W_]+", "", rest):
            yield place, result.measure
            continue
        for site in sites:  # such as the third of a radius
            yield place_of(f"{site} {rest}"), result.measure


def code_words(part: Mapping[str, Any]) -> str:
    """Return the codes of an Observation, which are of a code system and hold nobody's name."""
    code = part.get("code")
    result = [str(one.get("code")) for one in codings_of(code)] if isinstance(code, dict) else []
    return f"code {', '.join(result)}"[:CODES_TOLD] if result else "no code"
