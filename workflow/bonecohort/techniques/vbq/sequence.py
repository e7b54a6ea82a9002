"""Whether an MR is one that bone quality scores are defined on: T1, native, with fat signal.

The scores are defined on non-contrast T1-weighted spin echo images (Ehresman 2020,
doi:10.1016/j.spinee.2019.10.018). The ranges of the times are those of published protocols.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.images.deidentify_text import is_no_agent
from bonecohort.images.fat_suppression import FAT_SUPPRESSION_KEY
from bonecohort.images.mr_contents import content_by_type
from bonecohort.images.weighting import is_inversion_recovery

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.techniques.vbq.methods import Sequence

MS_PER_S = 1000.0
REPETITION_MS, MOST_ECHO_MS = (300.0, 900.0), 25.0
GRADIENT_REPETITION_MS, GRADIENT_ECHO_MS, LEAST_FLIP_DEG = 900.0, 10.0, 8.0
"""A longer echo weights a gradient echo by T2*, a small flip angle by proton density."""
UNKNOWN = "sequence_unknown"


def checked_sequence(sidecar: Mapping[str, Any]) -> tuple[Sequence, tuple[str, ...]]:
    """Return whether an image is a spin or a gradient echo, and flags.

    Parameters
    ----------
    sidecar
        Of the converted image, by BIDS names: times in s, angles in degrees.

    Raises
    ------
    DataFault
        The image is not T1-weighted, or contrast agent or fat suppression changed its signal.
    """
    _check_signal(sidecar)
    shown = content_by_type(sidecar)
    if shown not in ("", "in phase"):
        raise DataFault(f"ImageType says {shown}; a T1-weighted or in-phase image is expected.")
    words = set(str(sidecar.get("ScanningSequence", "")).upper().split("\\"))
    if "EP" in words:
        raise DataFault("ScanningSequence is EP, echo-planar; a T1-weighted spin echo is expected.")
    if is_inversion_recovery(sidecar):
        raise DataFault(
            "An inversion recovery (InversionTime, or IR in ScanningSequence) is no plain T1 "
            "weighting; a T1-weighted spin echo is expected."
        )
    echo, repetition = _time_ms(sidecar, "EchoTime"), _time_ms(sidecar, "RepetitionTime")
    if shown == "in phase" or ("GR" in words and "SE" not in words):
        _check_gradient_echo(echo, repetition, sidecar.get("FlipAngle"))
        return "gradient echo", ()
    low, high = REPETITION_MS
    if not low <= repetition <= high or echo > MOST_ECHO_MS:
        raise DataFault(
            f"RepetitionTime {repetition:g} ms and EchoTime {echo:g} ms do not suit a T1-weighted "
            f"spin echo; {low:g} to {high:g} ms, and at most {MOST_ECHO_MS:g} ms, are expected."
        )
    return "spin echo", () if "SE" in words else (UNKNOWN,)


def _check_signal(sidecar: Mapping[str, Any]) -> None:
    agent = str(sidecar.get("ContrastBolusAgent", ""))
    if agent and not is_no_agent(agent):
        raise DataFault(
            "ContrastBolusAgent (0018,0010) names a contrast agent, which brightens marrow; an "
            "image without contrast agent is expected."
        )
    if sidecar.get(FAT_SUPPRESSION_KEY) == "yes":
        raise DataFault(
            "The header (ScanOptions, SequenceName or InversionTime) shows fat suppression; the "
            "score measures the signal of fat."
        )


def _check_gradient_echo(echo_ms: float, repetition_ms: float, flip_deg: float | None) -> None:
    if echo_ms > GRADIENT_ECHO_MS or repetition_ms > GRADIENT_REPETITION_MS:
        raise DataFault(
            f"RepetitionTime {repetition_ms:g} ms and EchoTime {echo_ms:g} ms do not suit a "
            f"T1-weighted gradient echo; at most {GRADIENT_REPETITION_MS:g} ms and "
            f"{GRADIENT_ECHO_MS:g} ms are expected."
        )
    if flip_deg is not None and flip_deg < LEAST_FLIP_DEG:
        raise DataFault(
            f"FlipAngle {flip_deg:g}° is not that of a T1-weighted gradient echo: at least "
            f"{LEAST_FLIP_DEG:g}°."
        )


def _time_ms(sidecar: Mapping[str, Any], name: str) -> float:
    value = sidecar.get(name)
    if not isinstance(value, (int, float)) or value <= 0:
        raise DataFault(
            f"{name} is not recorded: whether the image is T1-weighted is not known. DICOM, or a "
            f"JSON file with {name} in s beside the image, is expected."
        )
    return float(value) * MS_PER_S
