"""What Hounsfield regions that readers draw are called, and the planes of a vertebra in tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from bonecohort.annotations.marks.names import Form, Part

if TYPE_CHECKING:
    from bonecohort.annotations.marks.names import MarkName

Plane = Literal["upper", "middle", "lower"]
PLANES: tuple[Plane, ...] = ("upper", "middle", "lower")
PLANE_OF_WORD: dict[str, Plane] = {
    "upper": "upper", "superior": "upper", "sup": "upper",
    "middle": "middle", "mid": "middle",
    "lower": "lower", "inferior": "lower", "inf": "lower",
}  # fmt: skip
"""How tables call the planes."""

REGION = Form("hounsfield region", (Part(tuple((plane,) for plane in PLANES)),), "region")
"""``L3_upper``."""
FORMS = (REGION,)


@dataclass(frozen=True)
class RegionName:
    """A Hounsfield region of interest in one plane of one vertebra."""

    level: str
    plane: Plane


def region_name(name: MarkName | None) -> RegionName | None:
    """Return what the name of a Hounsfield region says; None for any other."""
    if name is None or name.form != REGION:
        return None
    return RegionName(name.level, cast("Plane", name.parts[0]))
