"""What headers and JSON sidecars say about the scale of MR values, and about the sequence.

Descriptions are typed by hand and may name a person: only a sequence's name of a list is kept.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from bonecohort.images.real_world import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydicom.dataset import Dataset

SEQUENCE_KEY = "QuantitativeSequence"
UNIT_KEY = "RealWorldValueUnit"
RESCALE_SLOPE_KEY, SCALE_SLOPE_KEY = "PhilipsRescaleSlope", "PhilipsScaleSlope"
FLOAT_KEY = "UsePhilipsFloatNotDisplayScaling"
"""Names of dcm2niix: RS and SS, and whether the values are FP (1) or DV (0)."""
SEQUENCES = {
    "q-Dixon": r"q[-_ ]?dixon",
    "LiverLab": r"liver[-_ ]?lab",
    "IDEAL IQ": r"ideal[-_ ]?iq",
    "mDIXON Quant": r"m[-_ ]?dixon[-_ ]?quant",
}
"""Quantitative water-fat sequences of Siemens, GE and Philips, and how descriptions name them."""
_PATTERNS = {
    name: re.compile(rf"(?<![a-z0-9]){words}", re.IGNORECASE) for name, words in SEQUENCES.items()
}
DESCRIPTIONS = (
    SEQUENCE_KEY, "SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName"
)  # fmt: skip


def sequence_facts(header: Dataset | Mapping[str, Any]) -> dict[str, Any]:
    """Return the quantitative water-fat sequence that an MR header, or BIDS sidecar, names."""
    if str(header.get("Modality") or "") != "MR":
        return {}
    text = " | ".join(str(header.get(name) or "") for name in DESCRIPTIONS)
    result = next((name for name, pattern in _PATTERNS.items() if pattern.search(text)), "")
    return {SEQUENCE_KEY: result} if result else {}


def scale_facts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a BIDS sidecar says about its image's scale: Philips's slopes, and the unit."""
    kept: dict[str, Any] = {
        name: float(values[name])
        for name in (RESCALE_SLOPE_KEY, SCALE_SLOPE_KEY)
        if _is_slope(values.get(name))
    }
    if values.get(FLOAT_KEY) in (0, 1):
        kept[FLOAT_KEY] = int(values[FLOAT_KEY])
    if values.get(UNIT_KEY) in UNITS:
        kept[UNIT_KEY] = values[UNIT_KEY]
    return kept


def _is_slope(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0
