"""The grammar of annotation names: which vertebra, and what of it, a drawn mark measures.

``L3_sup_1_width``, ``L3_body_height_2``, ``L3_upper``: parts may be joined by ``_``, ``-`` or
spaces, in any case, and may carry the counter a drawing program appends (``L3_upper-1``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Endplate = Literal["superior", "inferior"]
Plane = Literal["upper", "middle", "lower"]
PLANES: tuple[Plane, ...] = ("upper", "middle", "lower")
PLANE_OF_WORD: dict[str, Plane] = {
    "upper": "upper", "superior": "upper", "sup": "upper",
    "middle": "middle", "mid": "middle",
    "lower": "lower", "inferior": "lower", "inf": "lower",
}  # fmt: skip
"""How tables call the planes."""
ENDPLATE_OF_WORD: dict[str, Endplate] = {
    "superior": "superior", "sup": "superior", "upper": "superior",
    "inferior": "inferior", "inf": "inferior", "lower": "inferior",
}  # fmt: skip
"""How tables call the endplates."""
DefectMeasure = Literal["width", "depth", "contour"]
BodyMeasure = Literal["body_width", "body_height_1", "body_height_2"]

_GAP = r"[\s_-]+"
_COUNTER = r"(?:[\s_-]+\d+)?"
_LEVEL = r"(?P<level>L[1-6])"
_DEFECT = re.compile(
    rf"{_LEVEL}{_GAP}(?P<endplate>sup(?:erior)?|inf(?:erior)?){_GAP}(?P<defect>\d{{1,3}})"
    rf"{_GAP}(?P<measure>width|depth|contour){_COUNTER}",
    re.IGNORECASE,
)
_BODY = re.compile(
    rf"{_LEVEL}{_GAP}body{_GAP}(?P<measure>width|height{_GAP}[12]){_COUNTER}", re.IGNORECASE
)
_REGION = re.compile(rf"{_LEVEL}{_GAP}(?P<plane>upper|middle|lower){_COUNTER}", re.IGNORECASE)
_DRAWN_UNNAMED = re.compile(r"L[\s_-]\d+", re.IGNORECASE)
"""What a drawing program calls its lines itself: no level is meant."""
_ANY_LEVEL = re.compile(r"L[\s_-]?([1-6])(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class DefectName:
    """A measure of one defect of one endplate."""

    level: str
    endplate: Endplate
    defect: int
    measure: DefectMeasure


@dataclass(frozen=True)
class BodyName:
    """A size of one vertebral body."""

    level: str
    measure: BodyMeasure


@dataclass(frozen=True)
class RegionName:
    """A Hounsfield region of interest in one plane of one vertebra."""

    level: str
    plane: Plane


AnnotationName = DefectName | BodyName | RegionName


def parse_name(text: str) -> AnnotationName | None:
    """Return what an annotation's name says, or None when it is not of the grammar."""
    text = text.strip()
    if match := _DEFECT.fullmatch(text):
        is_superior = match["endplate"].lower().startswith("sup")
        return DefectName(
            level=match["level"].upper(),
            endplate="superior" if is_superior else "inferior",
            defect=int(match["defect"]),
            measure=match["measure"].lower(),  # type: ignore[arg-type]
        )
    if match := _BODY.fullmatch(text):
        measure = re.sub(_GAP, "_", match["measure"].lower())
        return BodyName(level=match["level"].upper(), measure=f"body_{measure}")  # type: ignore[arg-type]
    if match := _REGION.fullmatch(text):
        return RegionName(level=match["level"].upper(), plane=match["plane"].lower())  # type: ignore[arg-type]
    return None


def canonical_text(name: AnnotationName) -> str:
    """Return a name as the grammar's documentation writes it, ``L3_sup_1_width``."""
    match name:
        case DefectName(level, endplate, defect, measure):
            return f"{level}_{endplate[:3]}_{defect}_{measure}"
        case BodyName(level, measure):
            return f"{level}_{measure}"
        case RegionName(level, plane):
            return f"{level}_{plane}"


def level_in(text: str) -> str | None:
    """Return the level a name speaks of, even when the rest of it cannot be read."""
    text = text.strip()
    match = None if _DRAWN_UNNAMED.fullmatch(text) else _ANY_LEVEL.match(text)
    return f"L{match[1]}" if match else None
