"""Scans of the whole body and the forearm, whose regions have names of spine and hip, too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.cells import shown
from bonecohort.techniques.dxa.measure_words import heading_of, parted
from bonecohort.techniques.dxa.names import HIP, INTERTROCHANTER, NECK, RADIUS, SPINE, TROCHANTER
from bonecohort.techniques.dxa.regions import TOTAL, plain_text, region_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

SIDE = "(?:left|right|l|r)?"
WHOLE_BODY = re.compile(
    rf"head|kopf|tête|头部?|trunk|rumpf|躯干|pelvis|pelv|becken|骨盆|全身|android|gynoid|subtot(?:al)?|{SIDE}(?:arms?|legs?|ribs?){SIDE}"
    r"|(?:t|thoracic)spine|ts|(?:whole|total)body(?:lesshead|total)?|tb(?:lh)?|wb(?:tot(?:al)?)?"
)
FOREARM = re.compile(
    rf"ud|mid|13|33|{SIDE}(?:ud|mid|total|distal|33|13)?(?:radius|ulna|forearm)"
    rf"(?:ud|mid|total|33|13|\+ulna)?{SIDE}"
)
OF_HIP = {HIP, NECK, TROCHANTER, INTERTROCHANTER}


def is_of_whole_body(text: str) -> bool:
    """Return whether words name a region that only a scan of the whole body has."""
    return bool(WHOLE_BODY.fullmatch(_squashed(text)))


def is_known(text: str) -> bool:
    """Return whether words name a region, be it one that is not used."""
    return region_of(text) is not None or is_of_whole_body(text)


def is_plain(text: str) -> bool:
    """Return whether words name a total, or a spine without its vertebrae."""
    region = region_of(text)
    is_spine = region is not None and region.site == SPINE and not re.search(r"\d", text)
    return is_spine or (region is not None and region.site == TOTAL)


def scan_beside(texts: Iterable[str]) -> str:
    """Return ``whole body`` or ``forearm`` where a plain total may be of that; '' elsewhere.

    Parameters
    ----------
    texts
        What one participant's regions are called.
    """
    names = list(texts)
    sites = {region.site for region in map(region_of, names) if region}
    if any(is_of_whole_body(text) for text in names):
        return "whole body"
    has_forearm = RADIUS in sites or any(FOREARM.fullmatch(_squashed(text)) for text in names)
    return "forearm" if has_forearm and sites.isdisjoint(OF_HIP) else ""


def may_be_of(text: str, beside: str) -> bool:
    """Return whether a plain name may be a region of the scan that :func:`scan_beside` names."""
    region = region_of(text)
    is_total = region is not None and region.site == TOTAL
    return is_plain(text) and (beside == "whole body" or (beside == "forearm" and is_total))


def refuse_plain(text: str, beside: str, where: str) -> None:
    """Refuse a plain name where another scan has a region of that name, too.

    Raises
    ------
    DataFault
        It may be a region of the scan that :func:`scan_beside` names.
    """
    if may_be_of(text, beside):
        raise DataFault(
            f"{where}: {shown(text)} may be of the {beside}, which the file has regions of; write "
            "L1-L4 or Total hip, or leave the row out."
        )


def region_words(headings: Iterable[str]) -> dict[str, str]:
    """Return what headings of one region and measure call the region: ``{"Head BMD": "head"}``."""
    result = {heading: parted(heading_of(heading).text) for heading in headings}
    return {heading: one.rest for heading, one in result.items() if one}


def unclear_headings(headings: Collection[str]) -> dict[str, str]:
    """Return the headings that may be of another scan, such as ``Spine BMD`` beside ``Head BMD``.

    Returns
    -------
    dict
        Heading → ``whole body`` or ``forearm``.
    """
    words = region_words(headings)
    beside = scan_beside(words.values())
    return {heading: beside for heading, text in words.items() if may_be_of(text, beside)}


def _squashed(text: str) -> str:
    return re.sub(r"[\W_]+", "", plain_text(text))
