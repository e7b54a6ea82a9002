"""What the measures of DXA are called, and their units in brackets."""

from __future__ import annotations

import re
from typing import NamedTuple

from bonecohort.techniques.dxa.regions import plain_text

MEASURE_WORDS: tuple[tuple[str, str], ...] = (
    ("t_score", r"(?:(?:young[\s_\-]*adult|ya)[\s_\-]*)?t[\s_\-]*(?:scores?|wert|值|评分)"),
    ("z_score", r"(?:(?:age[\s_\-]*matched|am)[\s_\-]*)?z[\s_\-]*(?:scores?|wert|值|评分)"),
    ("bmc", r"bmc|cmo|bone mineral content|骨矿含量"),
    ("bmd", r"bmd|dmo|bone (?:mineral )?density|armass|knochendichte|骨密度"),
    ("area", r"area|fläche|surface|面积"),
    ("included", r"included"),
)
"""Measure, or ``included``, and how it is called in small letters; the first that is met counts."""
UNIT = re.compile(r"[\[(（【]\s*(?P<unit>[^\])）】]*?)\s*[\])）】]")


class Parted(NamedTuple):
    """A measure that a text names, and the text without it."""

    measure: str
    rest: str


def parted(text: str) -> Parted | None:
    """Return the measure that a text names, and the rest of it; None where it names none."""
    plain = plain_text(text).replace("_", " ")
    for measure, words in MEASURE_WORDS:
        rest, n = re.subn(rf"(?<![a-z])(?:{words})(?![a-z])", " ", plain)
        if n:
            return Parted(measure, rest)
    return None


def measure_alone(text: str) -> str:
    """Return the measure that a text is, and no more; '' for another text."""
    found = parted(text)
    return found.measure if found and not re.sub(r"[\W_]+", "", found.rest) else ""
