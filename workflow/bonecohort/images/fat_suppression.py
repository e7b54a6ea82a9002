"""Whether an MR sequence suppresses the signal of fat, as far as its header says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydicom.multival import MultiValue

if TYPE_CHECKING:
    from collections.abc import Mapping

FAT_SUPPRESSION_KEY = "FatSuppression"
NAMED_IN = ("ScanOptions", "SequenceName")
WORDS = re.compile(
    r"(?<![A-Z0-9])(S?FS|FAT ?SAT|STIR|SPAIR|SPIR|WE|WATER ?EXC\w*)(?![A-Z0-9])", re.IGNORECASE
)
"""Fat saturation, inversion recovery and water excitation, as the vendors write them."""
MODIFIER = "MRModifierSequence"
STIR_MS = (80.0, 300.0)
"""Inversion times that null fat, 1.5 to 3 T."""
Header = Any  # a pydicom Dataset, or a mapping of a BIDS sidecar


def fat_suppression_facts(
    header: Header, groups: Mapping[str, Header], ms: float = 1.0
) -> dict[str, str]:
    """Return ``{"FatSuppression": "yes"}``, or ``"no"``; nothing where the header is silent.

    Parameters
    ----------
    header
        A DICOM header, or a BIDS sidecar.
    groups
        The functional groups of one frame (sequence name → item); empty for a single frame.
    ms
        Milliseconds in the unit of the header's InversionTime.
    """
    modifier = groups.get(MODIFIER)
    if modifier is not None and _by_modifier(modifier):
        return {FAT_SUPPRESSION_KEY: _by_modifier(modifier)}
    texts = [_joined(header.get(name)) for name in NAMED_IN if name in header]
    if any(WORDS.search(text.replace("_", " ")) for text in texts) or _is_stir(header, ms):
        return {FAT_SUPPRESSION_KEY: "yes"}
    return {FAT_SUPPRESSION_KEY: "no"} if texts else {}


def _by_modifier(modifier: Header) -> str:
    """Return what the functional group says (PS3.3, C.8.13.5.6); '' where it says nothing."""
    suppressed = str(modifier.get("SpectrallySelectedSuppression") or "")
    excited = str(modifier.get("SpectrallySelectedExcitation") or "")
    if "FAT" in suppressed or excited == "WATER":
        return "yes"
    times = _numbers(modifier.get("InversionTimes"))
    if any(STIR_MS[0] <= time <= STIR_MS[1] for time in times):
        return "yes"
    return "no" if suppressed or excited else ""


def _is_stir(header: Header, ms: float) -> bool:
    return any(
        STIR_MS[0] <= ms * time <= STIR_MS[1] for time in _numbers(header.get("InversionTime"))
    )


def _joined(value: Any) -> str:
    parts = value if isinstance(value, (list, tuple, MultiValue)) else [value]
    return " ".join(str(part or "") for part in parts)


def _numbers(value: Any) -> list[float]:
    """Return the numbers of a value; none of what holds anything else."""
    parts = value if isinstance(value, (list, tuple, MultiValue)) else [value]
    try:
        return [float(part) for part in parts]
    except (TypeError, ValueError):
        return []
