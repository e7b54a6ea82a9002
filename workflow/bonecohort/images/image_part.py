"""Which part of a complex MR signal an image holds: magnitude, phase, real or imaginary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PART_KEY = "ImagePart"
MAGNITUDE, PHASE, REAL, IMAGINARY = "magnitude", "phase", "real", "imaginary"
WORDS: Mapping[str, str] = {
    "M": MAGNITUDE, "MAGNITUDE": MAGNITUDE,
    "P": PHASE, "PHASE": PHASE, "PHASE MAP": PHASE,
    "R": REAL, "REAL": REAL,
    "I": IMAGINARY, "IMAGINARY": IMAGINARY,
}  # fmt: skip
"""ComplexImageComponent (0008,9208), and values of ImageType behind its first two."""
GE_PARTS = (MAGNITUDE, PHASE, REAL, IMAGINARY)
"""By the number in GE's (0043,102F)."""


def image_part(dataset: Dataset, groups: Mapping[str, Dataset]) -> str:
    """Return the part of the signal; magnitude where nothing names another.

    Parameters
    ----------
    dataset
        The whole header.
    groups
        The functional groups of one frame (sequence name → item); empty for a single frame.
    """
    frame_type = groups.get("MRImageFrameTypeSequence") or Dataset()
    component = frame_type.get("ComplexImageComponent") or dataset.get("ComplexImageComponent")
    if component:
        return WORDS.get(str(component).strip().upper(), str(component).strip().lower())
    number = _ge_number(dataset)
    if number is not None:
        return GE_PARTS[number]
    return part_of_words((frame_type.get("FrameType") or dataset.get("ImageType") or ())[2:])


def part_of_words(words: Iterable[Any]) -> str:
    """Return the part of the first word that names one; magnitude where none does."""
    parts = (WORDS.get(str(word).strip().upper()) for word in words)
    return next((part for part in parts if part), MAGNITUDE)


def _ge_number(dataset: Dataset) -> int | None:
    try:
        block = dataset.private_block(0x0043, "GEMS_PARM_01")
    except KeyError:
        return None
    value = block[0x2F].value if 0x2F in block else None
    return value if isinstance(value, int) and 0 <= value < len(GE_PARTS) else None
