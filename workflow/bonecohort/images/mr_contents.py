"""What an image of a multi-echo or Dixon MR acquisition shows, by the words that name it.

One acquisition gives water, fat, in-phase and opposed-phase images and maps of fat fraction, R2*
and T2*. ImageType or FrameType says which an image is (values 3 and 4 of PS3.3, C.8.13.3.1, and
what Siemens, GE and Philips write there). Where neither does, SeriesDescription may.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.techniques.image import Image

WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("FAT SAT", "FATSAT", "FAT SUP", "FAT SUPPRESSED", "WATER EXC", "WATER EXCITATION")),
    ("fat fraction", ("FAT FRACTION", "FATFRACTION", "FATFRAC", "FAT FRAC", "PDFF", "FF")),
    ("water fraction", ("WATER FRACTION", "WATERFRAC", "WF")),
    ("R2*", ("R2 STAR", "R2STAR", "R2*", "R2S")),
    ("T2*", ("T2 STAR", "T2STAR", "T2*", "T2S")),
    ("field map", ("FIELD MAP", "FIELDMAP", "B0 MAP", "B0")),
    ("exponential ADC", ("EXPONENTIAL APPARENT DIFFUSION COEFFICIENT", "EXPONENTIAL ADC",
                         "EXP ADC", "EADC", "EXPADC")),
    ("ADC", ("APPARENT DIFFUSION COEFFICIENT", "ADC")),
    ("the trace of diffusion", ("TRACEW",)),
    ("fractional anisotropy", ("FRACTIONAL ANISOTROPY", "COLFA", "DIFFUSION | FA")),
    ("a diffusion tensor", ("DIFFUSION | TENSOR",)),
    ("a computed b value", ("CALC BVALUE",)),
    ("opposed phase", ("OUT OF PHASE", "OPPOSED PHASE", "OPP PHASE", "OUT PHASE", "OUTPHASE",
                       "OPPOSED", "OPP", "OUT", "OP")),
    ("in phase", ("IN PHASE", "INPHASE", "IN", "IP")),
    ("water", ("WATER", "WAT", "W")),
    ("fat", ("FAT", "F")),
)  # fmt: skip
"""Content → the words that name it, in capitals; longer ones are taken out of a text first."""


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of some words, standing alone."""
    return re.compile(rf"(?<!\S)({'|'.join(map(re.escape, words))})(?!\S)")


_PATTERNS = tuple((content, _pattern(words)) for content, words in WORDS)


def content_of(texts: Iterable[str], image: Image | None = None) -> str:
    """Return what the words of texts say an image shows; '' where they name nothing, or several.

    An image's own ``words`` are looked for before those listed here.
    """
    text = _spaced(" | ".join(texts)).upper()
    if image is not None and image.words and _pattern(image.words).search(text):
        return image.shows
    seen = set()
    for content, pattern in _PATTERNS:
        text, count = pattern.subn(" ", text)
        if count and content:
            seen.add(content)
    return seen.pop() if len(seen) == 1 else ""


def content_by_type(facts: Mapping[str, Any], image: Image | None = None) -> str:
    """Return what ImageType says an image shows, behind its first two values."""
    return content_of(map(str, facts.get("ImageType", ())[2:]), image)


def other_content(image: Image, contents: Iterable[str]) -> str:
    """Return the reason for refusing series that show something else, as ImageType says."""
    seen = ", ".join(sorted(set(contents)))
    return f"No series shows {image.shows}: ImageType or the description says {seen}."


def content_warnings(image: Image, facts: Mapping[str, Any], described: str = "") -> list[str]:
    """Return a doubt where nothing says, or only a description denies, what an image shows.

    ``described`` is what the description of the series says.
    """
    if not image.shows or content_by_type(facts, image) == image.shows:
        return []
    if described:
        text = f"The description of the series says {described}"
        return [] if described == image.shows else [f"{text}, not {image.shows}."]
    return [f"Neither ImageType nor the description says that the series shows {image.shows}."]


def _spaced(text: str) -> str:
    """Return a text's words with one space between them; a star stays with its word."""
    return " ".join(re.findall(r"[^\W_]+\*?|\|", text))
