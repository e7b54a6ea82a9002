"""What the measures of DXA are called, and their units in brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

from bonecohort.techniques.dxa.names import SCORES
from bonecohort.techniques.dxa.regions import plain_text, region_of, side_of

MEASURE_WORDS: tuple[tuple[str, str], ...] = (
    ("t_score", r"(?:(?:young[\s_\-]*adult|ya)[\s_\-]*)?t[\s_\-]*(?:scores?|wert|值|评分)"),
    ("z_score", r"(?:(?:age[\s_\-]*matched|am)[\s_\-]*)?z[\s_\-]*(?:scores?|wert|值|评分)"),
    ("bmc", r"bmc|cmo|bone mineral content|骨矿含量"),
    ("bmd", r"bmd|dmo|bone (?:mineral )?density|armass|knochendichte|骨密度"),
    ("area", r"area|fläche|surface|面积"),
    ("included", r"included"),
)
"""Measure, or ``included``, and how it is called in small letters; the first that is met counts."""
IN_BRACKETS = re.compile(r"[\[(（【]\s*(?P<content>[^\])）】]*?)\s*[\])）】]")
PERCENT = re.compile(r"(?<!33)(?<!33\s)%")
"""Of a change, or of a reference: no measure that is read. The radius has a region of 33%."""
THIRD = re.compile(r"33\s*%|1/3")
WITHIN_A_WORD = re.compile("(?<=[a-z])(?=(?:BMD|BMC|DMO|CMO|Area|[TZ][-_ ]?[Ss]core))")
"""Where ``NeckBMD`` parts."""


BMD = re.compile(r"(?<![a-z])bmd(?![a-z])")
"""A score may be called that of a BMD: ``Neck BMD T-score``."""


class Parted(NamedTuple):
    """A measure that a text names, and the text without it."""

    measure: str
    rest: str


def parted(text: str) -> Parted | None:
    """Return the measure that a text names, and the rest of it; None where it names none."""
    plain = plain_text(WITHIN_A_WORD.sub(" ", text)).replace("_", " ")
    if PERCENT.search(plain):
        return None
    for measure, words in MEASURE_WORDS:
        rest, n = re.subn(rf"(?<![a-z])(?:{words})(?![a-z])", " ", plain)
        if n:
            return Parted(measure, BMD.sub(" ", rest) if measure in SCORES else rest)
    return None


class Heading(NamedTuple):
    """A heading without its unit, and the unit; '' where it has none."""

    text: str
    unit: str


def heading_of(text: str) -> Heading:
    """Part a heading from the unit in its brackets; brackets may hold a region or a side, too."""
    units: list[str] = []

    def kept(match: re.Match[str]) -> str:
        content = match["content"]
        if region_of(content) or side_of(content) or THIRD.fullmatch(content):
            return f" {content} "
        units.append(content)
        return " "

    bare = IN_BRACKETS.sub(kept, text)
    return Heading(bare, next(filter(None, units), ""))


def measure_alone(text: str) -> str:
    """Return the measure that a text is, and no more; '' for another text."""
    result = parted(text)
    return result.measure if result and not re.sub(r"[\W_]+", "", result.rest) else ""
