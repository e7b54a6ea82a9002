"""What the sidecar of a converted image says about its values: unit, vendor, flip angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.images.quantity_facts import SEQUENCE_KEY, UNIT_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image's values.

    Attributes
    ----------
    unit
        UCUM code of the unit (``%``, ``1``, ``/s``, ``ms``), as a real world value mapping
        declares it; empty without one.
    quantitative
        The header names a vendor's quantitative water-fat sequence: several echoes, several
        peaks of fat, R2* accounted for.
    flip_angle_deg
        None where it is not known.
    """

    unit: str = ""
    quantitative: bool = False
    flip_angle_deg: float | None = None


def facts_of(sidecar: Mapping[str, Any]) -> ImageFacts:
    """Return the facts of a sidecar (BIDS names and units)."""
    angle = sidecar.get("FlipAngle")
    return ImageFacts(
        unit=str(sidecar.get(UNIT_KEY, "")),
        quantitative=bool(sidecar.get(SEQUENCE_KEY)),
        flip_angle_deg=None if angle is None else float(angle),
    )
