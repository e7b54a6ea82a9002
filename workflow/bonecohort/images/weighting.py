"""The weighting of an MR image by its facts: T2 by its times, and the parts of a Dixon.

A two-dimensional spin echo is T2-weighted with a long echo and a long repetition time. The
three-dimensional ones (SPACE, CUBE, VISTA) repeat sooner: their flip angles vary along a train of a
hundred echoes and more. The header has the echo time of the contrast (Mugler 2014,
doi:10.1002/jmri.24542).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

T2_ECHO_S = 0.080
T2_REPETITION_S = 2.0
T2_REPETITION_3D_S = 0.8
Part = Literal["in phase", "opposed phase", "water", "fat", "fat fraction", ""]
DIXON_WORDS: tuple[tuple[Part, frozenset[str]], ...] = (
    ("fat fraction", frozenset({"FF", "FRACTION"})),
    ("water", frozenset({"WATER", "W"})),
    ("fat", frozenset({"FAT", "F"})),
    ("opposed phase", frozenset({"OPP", "OUT", "OP"})),
    ("in phase", frozenset({"IN", "INPHASE", "IP"})),
)
"""Words of ImageType, behind its first two values, of Siemens, Philips and GE."""


def least_repetition_s(facts: Mapping[str, Any]) -> float:
    """Return the shortest repetition time with which a spin echo is T2-weighted."""
    is_3d = str(facts.get("MRAcquisitionType", "")).strip().upper() == "3D"
    return T2_REPETITION_3D_S if is_3d and not _is_gradient_echo(facts) else T2_REPETITION_S


def has_t2_times(facts: Mapping[str, Any]) -> bool:
    """Whether echo and repetition time are those of a T2-weighted image."""
    echo, repetition = facts.get("EchoTime", 0), facts.get("RepetitionTime", 0)
    return bool(echo >= T2_ECHO_S and repetition >= least_repetition_s(facts))


def _is_gradient_echo(facts: Mapping[str, Any]) -> bool:
    scanning = str(facts.get("ScanningSequence", "")).split("\\")
    return "GR" in scanning and "SE" not in scanning


def is_inversion_recovery(facts: Mapping[str, Any]) -> bool:
    """Whether the sequence is STIR or FLAIR rather than plain T2."""
    return bool(facts.get("InversionTime")) or "IR" in str(facts.get("ScanningSequence", "")).split(
        "\\"
    )


def dixon_part(facts: Mapping[str, Any]) -> Part:
    """Return which of a Dixon sequence's images this is, by ImageType; '' where it is none.

    The in-phase image is plain T2 weighting; the others are not.
    """
    words = {
        word for value in facts.get("ImageType", ())[2:] for word in str(value).upper().split("_")
    }
    return next((part for part, part_words in DIXON_WORDS if words & part_words), "")
