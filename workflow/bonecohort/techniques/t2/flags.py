"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import OF_MR_BODIES, OF_PLACEMENT, FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    **OF_MR_BODIES,
    **OF_PLACEMENT,
    "not_monoexponential": FlagWords(
        "not one exponential",
        "The signals do not fall along one exponential ({detail}).",
        "vertebrae whose echoes follow no single exponential",
    ),
    "unusual_t2": FlagWords(
        "unusual T2",
        "The T2 is {detail}, which is rare in marrow.",
        "vertebrae with an unusual T2",
    ),
    "unusual_t2star": FlagWords(
        "unusual T2*",
        "The T2* is {detail}, which is rare in marrow.",
        "vertebrae with an unusual T2*",
    ),
    "noise_floor": FlagWords(
        "near the noise",
        "The signal at the last echo is near the noise ({detail}). The value depends on the noise "
        "in the air.",
        "vertebrae whose last echo is near the noise",
    ),
    "fat_suppressed": FlagWords(
        "fat suppressed",
        "The header shows fat suppression: the value is that of the water in marrow.",
        "vertebrae of images with fat suppression",
    ),
}
"""Code → words; a flag of another code is a sentence already."""
