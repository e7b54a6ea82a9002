"""What the sidecar of a converted image says about its values: unit, vendor, flip angle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.images.quantity_facts import (
    FLOAT_KEY,
    RESCALE_SLOPE_KEY,
    SCALE_SLOPE_KEY,
    SEQUENCE_KEY,
    UNIT_KEY,
)

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
    signal_factor
        What turns the values into signals that compare between images of one acquisition: with
        Philips, "floating point" values.
    """

    unit: str = ""
    quantitative: bool = False
    flip_angle_deg: float | None = None
    signal_factor: float = 1.0


def facts_of(sidecar: Mapping[str, Any]) -> ImageFacts:
    """Return the facts of a sidecar (BIDS names and units)."""
    angle = sidecar.get("FlipAngle")
    slopes = _philips_slopes(sidecar)
    is_float = bool(sidecar.get(FLOAT_KEY))
    return ImageFacts(
        unit=str(sidecar.get(UNIT_KEY, "")),
        quantitative=bool(sidecar.get(SEQUENCE_KEY)),
        flip_angle_deg=None if angle is None else float(angle),
        signal_factor=1.0 if is_float else 1 / slopes,
    )


def _philips_slopes(sidecar: Mapping[str, Any]) -> float:
    """Return RS · SS of a Philips image, 1 of any other.

    Its "floating point" values are DV / (RS · SS): DV are the values by RescaleSlope RS and
    RescaleIntercept, SS is ScaleSlope (2005,100E).
    """
    rescale, scale = (
        float(sidecar.get(key) or 1.0) for key in (RESCALE_SLOPE_KEY, SCALE_SLOPE_KEY)
    )
    return rescale * scale
