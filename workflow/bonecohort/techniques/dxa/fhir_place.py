"""Where an Observation was made: the region and side that its body site names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from bonecohort.faults import DataFault
from bonecohort.techniques.dxa.names import HIP, NECK, RADIUS, SPINE, part_of
from bonecohort.techniques.dxa.regions import (
    FEMUR,
    NOT_USED,
    TOTAL,
    Region,
    plain_text,
    region_of,
    side_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bonecohort.techniques.dxa.names import Side

SNOMED = "snomed.info"
SITES = {"122496007": SPINE, "29836001": HIP, "29627003": NECK, "71341001": FEMUR}
"""SNOMED CT → lumbar spine, hip region, neck of femur, bone structure of femur."""
SIDES: Mapping[str, Side] = {"7771000": "left", "24028007": "right"}
"""Qualifiers of SNOMED CT."""
NOISE = re.compile(
    r"\([a-z ]*(?:structure|value)\)|\b(?:structure|entire|region|bone|joint|body of|of|the)\b"
    r"|(?<=vertebral )body\b"
)
OTHER_WORDS = (
    (r"\bfirst lumbar vertebral?\b", "l1"),
    (r"\bsecond lumbar vertebral?\b", "l2"),
    (r"\bthird lumbar vertebral?\b", "l3"),
    (r"\bfourth lumbar vertebral?\b", "l4"),
    (r"\blumbar vertebra(?:e|l column)\b", "lumbar spine"),
)
FOREARM = re.compile("(?:left|right)?(?:forearm|radius|unterarm)(?:left|right)?")
WHOLE_HIP = re.compile("total|gesamt|[全总]")


class Place(NamedTuple):
    """A region or none, and whether it is named as a part of the body."""

    region: Region | None
    is_general: bool = False


NOWHERE = Place(None)


def place_of(text: str) -> Place:
    """Return the region that words mean."""
    plain = NOISE.sub(" ", plain_text(text))
    for words, short in OTHER_WORDS:
        plain = re.sub(words, short, plain)
    region = region_of(" ".join(plain.split()))
    if region is None:
        return NOWHERE
    if region.site == NOT_USED and FOREARM.fullmatch(re.sub(r"[\W_]+", "", plain)):
        return Place(Region(RADIUS, region.side), is_general=True)
    is_general = (
        region.site in (FEMUR, TOTAL)
        or (region.site == SPINE and not re.search(r"\d", plain))
        or (region.site == HIP and not WHOLE_HIP.search(plain))
    )
    return Place(region, is_general)


def body_site(observation: Mapping[str, Any]) -> Place:
    """Return the region and side of an Observation's ``bodySite``.

    Raises
    ------
    DataFault
        It names two regions or both sides.
    """
    concept = observation.get("bodySite")
    places = [one for one in map(place_of, texts_of(concept)) if one.region]
    coded = [*_codes(concept)]
    places += [Place(Region(SITES[code]), code != "29627003") for code in coded if code in SITES]
    sides = {one.region.side for one in places if one.region}
    sides |= {side_of(text) or "" for text in (*texts_of(concept), *_qualifiers(concept))}
    sides |= {SIDES[code] for code in coded if code in SIDES}
    sides -= {""}
    if len(sides) > 1:
        raise DataFault("bodySite names both sides; one is expected.")
    regions = {one.region.site for one in places if one.region and not one.is_general}
    regions = regions or {one.region.site for one in places if one.region}
    if len(regions) > 1:
        named = " and ".join(sorted(filter(None, regions)))
        raise DataFault(f"bodySite names {named or 'two regions'}; one region is expected.")
    side: Side = next(iter(sides), "")
    if not regions:
        return Place(Region(TOTAL, side), is_general=True) if side else NOWHERE
    (site,) = regions
    return Place(Region(site, side), all(one.is_general for one in places))


def together(named: Place, body: Place) -> Region | None:
    """Return the region of a code and a body site; the one that is said more exactly counts.

    Raises
    ------
    DataFault
        They contradict each other, or neither says which part of the femur it is.
    """
    own, other = named.region, body.region
    if own is None or other is None:
        return _alone(named if own else body, is_coded=own is not None)
    if own.site == NOT_USED:
        return own
    side = own.side or other.side
    if other.side not in ("", side):
        raise _contradiction(own, other)
    if TOTAL in (own.site, other.site):
        return _of_total(own, other, side)
    if other.site == NOT_USED or _part(own.site) != _part(other.site):
        raise _contradiction(own, other)
    if own.site != other.site and not (named.is_general or body.is_general):
        raise _contradiction(own, other)
    is_finer = named.is_general and not body.is_general
    return Region(other.site if is_finer else own.site, side)


def _alone(place: Place, *, is_coded: bool) -> Region | None:
    """Return the region of a code without a body site, or the other way round."""
    region = place.region
    if region is None or region.site == TOTAL:
        return None
    if place.is_general and region.site == RADIUS:
        return Region(NOT_USED)
    if region.site == FEMUR and not is_coded:
        raise DataFault(
            "bodySite names the femur without its part; the femoral neck or the total hip is "
            "expected."
        )
    return region


def _of_total(own: Region, other: Region, side: Side) -> Region | None:
    """Return the region of a plain total, or of a code whose body site is only a side."""
    if own.site != TOTAL:
        return Region(own.site, side)
    whole = {HIP: HIP, FEMUR: HIP, SPINE: SPINE}.get(other.site)
    return Region(whole, side) if whole else None


def _part(site: str) -> str:
    return "hip" if site == FEMUR else part_of(site)


def _contradiction(own: Region, other: Region) -> DataFault:
    named, listed = (" ".join(filter(None, (region.site, region.side))) for region in (own, other))
    return DataFault(
        f"the code is of {named}, and bodySite of {listed or 'another region'}; the same is "
        "expected."
    )


def texts_of(concept: Any) -> list[str]:
    """Return the text of a CodeableConcept, and what its codes are displayed as."""
    if not isinstance(concept, dict):
        return []
    result = [concept.get("text"), *(coding.get("display") for coding in codings_of(concept))]
    return [text for text in result if isinstance(text, str)]


def codings_of(concept: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the codings of a CodeableConcept."""
    codings = concept.get("coding")
    return [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []


def _codes(concept: Any) -> Iterator[str]:
    """Yield the codes of SNOMED CT of a concept, and those of its qualifiers."""
    for one in (concept, *_concepts_within(concept)):
        for coding in codings_of(one) if isinstance(one, dict) else ():
            if SNOMED in str(coding.get("system", "")):
                yield str(coding.get("code"))


def _qualifiers(concept: Any) -> list[str]:
    return [text for one in _concepts_within(concept) for text in texts_of(one)]


def _concepts_within(concept: Any) -> Sequence[Any]:
    """Return the concepts in the extensions of a body site, such as its laterality."""
    extensions = concept.get("extension") if isinstance(concept, dict) else None
    listed = extensions if isinstance(extensions, list) else []
    return [one.get("valueCodeableConcept") for one in listed if isinstance(one, dict)]
