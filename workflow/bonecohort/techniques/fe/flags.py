"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import OF_CT_VERTEBRAE, FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    **OF_CT_VERTEBRAE,
    "islands_dropped": FlagWords(
        "islands dropped",
        "Parts that touch the bone by no face carry no load and were dropped ({detail}).",
        "bones of which islands were dropped",
        noteworthy=False,
    ),
    "unusual_stiffness": FlagWords(
        "unusual stiffness",
        "The stiffness is {detail}, which is rare in vertebrae: look at the label and the "
        "calibration.",
        "vertebrae of unusual stiffness",
    ),
    "unusual_failure_load": FlagWords(
        "unusual failure load",
        "The failure load is {detail}, which is rare in vertebrae: look at the label and the "
        "calibration.",
        "vertebrae of unusual failure load",
    ),
    "contrast_differs": FlagWords(
        "another contrast phase",
        "The published line was made in another contrast phase ({detail}).",
        "vertebrae in scans of another contrast phase than their line",
    ),
    "contrast": FlagWords(
        "contrast agent",
        "The scan has contrast agent, which raises HU, density and strength.",
        "vertebrae in scans with contrast agent",
    ),
}
"""Code → words; a flag of another code is a sentence already."""
