"""Which region of the skeleton a file's words mean, in the spellings of exports and reports."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from bonecohort.techniques.dxa.names import (
    HIP,
    INTERTROCHANTER,
    NECK,
    RADIUS,
    SIDED,
    SPINE,
    SPINE_FROM_L2,
    TROCHANTER,
    Side,
)

TOTAL = "total"
"""A total that may be of the spine or of the hip: what stands beside it decides."""
FEMUR = "femur"
"""The proximal femur without a word on its part."""
NOT_USED = ""
"""Known, and no site of the results."""
SIDE_WORDS: tuple[tuple[Side, str], ...] = (
    ("left", r"left|links?|linke[rs]?|gauche|lt|左侧|左"),
    ("right", r"right|rechts?|rechte[rs]?|droite?|rt|右侧|右"),
)
LETTER_AT_THE_END = re.compile(r"(?<=[a-z%0-9])[\s_\-.(]+(?P<side>[lr])\)?$")
LETTER_AT_THE_START = re.compile(r"(?P<side>[lr])[\s_\-.]+(?=[a-z])")
AP = r"(?:ap|pa)?"
OF_SPINE = rf"(?:{AP}(?:lumbar|l)?(?:spine)?|lws|rachis(?:lombaire)?|腰椎)"
L = "l(?:wk)?"
TO = r"(?:l|lwk|to|bis|à|至)*"
OF_HIP = r"(?:fem(?:ur|oral)?|hip|dualfemur)*"
ENTIRE = r"(?:totale?|gesamt|总体|总|合计)?"
LEVEL = rf"{OF_SPINE}{L}(?P<level>[1-4])"
SPELLINGS: dict[str, tuple[str, ...]] = {
    SPINE: (
        rf"{OF_SPINE}{L}1{TO}4{ENTIRE}",
        rf"{AP}(?:lumbar|l)?spine{ENTIRE}",
        rf"{AP}total(?:lumbar|l)?spine",
        rf"(?:lws|lendenwirbelsäule|rachis(?:lombaire)?|腰椎){ENTIRE}",
        "ls",
    ),
    SPINE_FROM_L2: (rf"{OF_SPINE}{L}2{TO}4{ENTIRE}",),
    NECK: (
        rf"{OF_HIP}neck(?:fem(?:ur|oral)?|hip)?",
        "(?:(?:ober)?schenkel|femur)?hals",
        "col(?:femoral|dufemur)?",
        "fn",
        "股骨颈",
    ),
    TROCHANTER: (
        rf"(?:greater)?{OF_HIP}(?:greater)?troch(?:anter(?:ic)?)?(?:hip|femur)?",
        "(?:股骨)?大转子",
    ),
    HIP: (
        "total(?:hip|femur|proximalfemur)",
        rf"(?:hip|htot|hüfte|hanche){ENTIRE}",
        "(?:femur|proximalfemur|dualfemur)(?:total|gesamt)",
        "gesamt(?:hüfte|femur)",
        "th",
        "[全总]髋部?",
        rf"髋(?:部|关节)?{ENTIRE}",
    ),
    INTERTROCHANTER: (rf"{OF_HIP}inter(?:troch(?:anter(?:ic)?)?)?", "转子间"),
    RADIUS: (
        "(?:forearm)?(?:distal)?radius(?:33|13|onethird)(?:distal)?",
        "(?:distal)?(?:33|13|onethird)(?:distal)?radius",
        "r13",
        "桡骨(?:33|13)",
    ),
    FEMUR: ("(?:proximal|dual)?femur",),
    TOTAL: ("tot(?:ale?)?", "gesamt", "总体", "合计"),
    NOT_USED: (
        rf"{OF_SPINE}{L}[1-4]{TO}[1-4]",
        rf"{OF_HIP}(?:upper|lower)neck",
        rf"{OF_HIP}wards?(?:triangle|dreieck|三角区?)?",
        rf"{OF_HIP}shaft",
        rf"{OF_HIP}(?:neck|troch|total)(?:mean|diff|difference)",
        "(?:ud|mid|total|distal)?(?:radius|ulna|forearm|both)(?:ud|mid|total|33|13)?",
        "(?:whole|total)body",
        "subtotal|head|pelvis|trunk|legs?|arms?|ribs?|tspine",
    ),
}
"""Site → patterns of what it is called, in small letters without spaces and signs."""
COMPILED = tuple(
    (re.compile(f"(?:{pattern})"), site) for site, own in SPELLINGS.items() for pattern in own
)

SPELLINGS_KEPT = 256
"""A table has the same few names of regions in thousands of rows."""


@dataclass(frozen=True)
class Region:
    """A region: the site of the results, or ``total`` or ``femur``; '' where it is not used."""

    site: str
    side: Side = ""


@lru_cache(maxsize=SPELLINGS_KEPT)
def region_of(text: str) -> Region | None:
    """Return the region that words mean; None where they are not known.

    ``AP Spine L1-L4``, ``Neck Left``, ``Total hip``, ``Radius 33%``.
    """
    side, plain = _side(plain_text(text))
    site = _site(plain)
    if site is None and not side:
        # A left neck may be L Neck, whereas L Spine is lumbar.
        letter = LETTER_AT_THE_START.match(plain)
        site = _site(plain[letter.end() :]) if letter else None
        if letter is None or site not in (*SIDED, INTERTROCHANTER, FEMUR):
            return None
        side = _of_letter(letter["side"])
    return None if site is None else Region(site, side)


def _site(plain: str) -> str | None:
    """Return the site that words without a side mean; None where they are not known."""
    squashed = re.sub(r"[\W_]+", "", plain.replace("é", "e"))
    level = re.fullmatch(LEVEL, squashed)
    if level:
        return f"L{level['level']}"
    return next((site for pattern, site in COMPILED if pattern.fullmatch(squashed)), None)


def side_of(text: str) -> Side | None:
    """Return the side that a text alone names; None for other words, '' for none."""
    plain = plain_text(text)
    for side, words in SIDE_WORDS:
        if re.fullmatch(rf"{words}|{side[0]}", plain):
            return side
    return None if plain else ""


def plain_text(text: str) -> str:
    """Return a text in small letters, with plain characters for those of other widths."""
    return unicodedata.normalize("NFKC", text).lower().strip()


def _side(plain: str) -> tuple[Side, str]:
    """Return the side that a text names, and the text without it."""
    for side, words in SIDE_WORDS:
        result = re.sub(rf"(?<![a-z])(?:{words})(?![a-z])", " ", plain)
        if result != plain:
            return side, result
    letter = LETTER_AT_THE_END.search(plain)
    if letter:
        return _of_letter(letter["side"]), plain[: letter.start()]
    return "", plain


def _of_letter(letter: str) -> Side:
    return "left" if letter == "l" else "right"
