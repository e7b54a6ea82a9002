"""Real world values of stored ones, with their unit (PS3.3, C.7.6.16.2.11).

A mapping gives a quantity in a unit, where RescaleSlope and RescaleIntercept give what a display
shows. Only linear mappings are read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydicom.sequence import Sequence

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

RawValue = Any  # what pydicom makes of a value

MAPPINGS = "RealWorldValueMappingSequence"
UNITS = frozenset(
    ("1", "%", "[ppth]", "{ratio}", "s", "ms", "us", "/s", "1/s", "s-1", "/ms", "Hz", "mm2/s",
     "um2/s", "10*-6.mm2/s", "10-6.mm2/s", "10-6mm2/s", "10*-3.mm2/s", "10-3.mm2/s", "10-3mm2/s",
     "um2/ms", "mm2.s-1", "um2.s-1", "10*-3.mm2.s-1", "10*-6.mm2.s-1",
     "mg/cm3", "g/cm3", "[hnsf'U]")
)  # fmt: skip
"""Codes of UCUM for quantities of CT and MR; any other code is not kept."""


@dataclass(frozen=True)
class RealWorldMapping:
    """What turns stored values into those of a unit: value = stored · slope + intercept."""

    unit: str
    slope: float
    intercept: float


def real_world_of(items: RawValue) -> tuple[RealWorldMapping, ...]:
    """Return the linear mappings, in a known unit, of a mapping sequence; none of what is none."""
    if not isinstance(items, Sequence):
        return ()
    result = (_mapping(item) for item in items)
    return tuple(mapping for mapping in result if mapping is not None)


def _mapping(item: Dataset) -> RealWorldMapping | None:
    codes = item.get("MeasurementUnitsCodeSequence")
    has_code = isinstance(codes, Sequence) and codes
    unit = str(codes[0].get("CodeValue") or "").strip() if has_code else ""
    slope = _number(item.get("RealWorldValueSlope"))
    intercept = _number(item.get("RealWorldValueIntercept"))
    if unit not in UNITS or not slope or intercept is None:
        return None
    return RealWorldMapping(unit, slope, intercept)


def _number(value: RawValue) -> float | None:
    """Return a finite number; None for anything else that a damaged file holds."""
    if not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None
