"""What is worth a warning in a series that is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.images.deidentify_text import is_no_agent
from bonecohort.images.planes import lies_in
from bonecohort.images.weighting import (
    T2_ECHO_S,
    has_t2_times,
    is_inversion_recovery,
    least_repetition_s,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.techniques.image import Image

REFERENCE_KVP = 120
THICK_SLICE_MM = 3.0
SPARSE = 1.5  # spacing over thickness from which slices may have been left out
LOSSY_SYNTAXES = {
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
    "1.2.840.10008.1.2.4.51",  # JPEG extended
    "1.2.840.10008.1.2.4.81",  # JPEG-LS near-lossless
    "1.2.840.10008.1.2.4.91",  # JPEG 2000, lossy allowed
    "1.2.840.10008.1.2.4.203",  # HTJ2K, lossy allowed
}


def hounsfield_warnings(facts: dict[str, Any], varying: Sequence[str]) -> list[str]:
    """Return what can shift or blur HU."""
    warnings = []
    kvp = facts.get("KVP")
    if kvp is None:
        warnings.append("KVP is not recorded; HU thresholds hold for 120 kV.")
    elif kvp != REFERENCE_KVP:
        warnings.append(f"KVP is {kvp:g}, not 120: trabecular HU changes with tube voltage.")
    if not is_no_agent(str(facts.get("ContrastBolusAgent", ""))):
        warnings.append("A contrast agent is recorded: trabecular HU may be raised.")
    if "SliceThickness" in facts and facts["SliceThickness"] > THICK_SLICE_MM:
        warnings.append(
            f"Slices are {facts['SliceThickness']:g} mm thick: partial volume lowers precision "
            f"above {THICK_SLICE_MM:g} mm."
        )
    warnings += [
        f"{name} is not the same in every slice."
        for name in ("SliceThickness", "ContrastBolusAgent")
        if name in varying
    ]
    return warnings


def plane_warnings(image: Image, normal_part: float) -> list[str]:
    """Return a doubt where a stack does not lie in its usual plane.

    ``normal_part`` is the part of the slices' unit normal along that plane's axis.
    """
    if lies_in(image.usual_plane, normal_part):
        return []
    return [f"The {image.called} is not {image.usual_plane}: it may be a reformat."]


def t2_warnings(facts: dict[str, Any], described_as_t2: bool) -> list[str]:
    """Return doubts about T2 weighting."""
    warnings = []
    echo, repetition = facts.get("EchoTime"), facts.get("RepetitionTime")
    if echo is None or repetition is None:
        if not described_as_t2:
            warnings.append("EchoTime or RepetitionTime is not recorded: T2 weighting unknown.")
    elif not described_as_t2 and not has_t2_times(facts):
        warnings.append(
            f"EchoTime {echo:g} s and RepetitionTime {repetition:g} s do not suit a T2-weighted "
            f"image (at least {T2_ECHO_S:g} and {least_repetition_s(facts):g})."
        )
    if is_inversion_recovery(facts):
        warnings.append("Inversion recovery (STIR or FLAIR) rather than plain T2 weighting.")
    return warnings


def series_warnings(
    image: Image, facts: dict[str, Any], spacing_mm: float, transfer_syntaxes: set[str]
) -> list[str]:
    """Return warnings common to CT and MR."""
    warnings = []
    if facts.get("LossyImageCompression") == "01":
        warnings.append("The images were once compressed with loss (LossyImageCompression 01).")
    elif transfer_syntaxes & LOSSY_SYNTAXES:
        warnings.append("The transfer syntax allows lossy compression.")
    if "DERIVED" in facts.get("ImageType", ()) and not image.derived:
        warnings.append("ImageType is DERIVED: not the original reconstruction.")
    thickness = facts.get("SliceThickness")
    if thickness and spacing_mm > SPARSE * thickness:
        warnings.append(
            f"Slices are {spacing_mm:.2f} mm apart but {thickness:g} mm thick: some may be missing."
        )
    return warnings
