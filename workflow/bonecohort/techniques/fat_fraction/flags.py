"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import OF_MR_BODIES, FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    **OF_MR_BODIES,
    "scale_unproven": FlagWords(
        "scale unproven",
        "The map shows no fat beneath the skin, which would prove its scale; the header's was "
        "taken.",
        "vertebrae of a map whose scale is unproven",
    ),
    "swap_suspected": FlagWords(
        "water-fat swap suspected",
        "Water and fat are probably exchanged in this vertebra: it was not measured.",
        "vertebrae with a suspected water-fat swap",
    ),
    "partial_swap": FlagWords(
        "part may be swapped",
        "The region holds two kinds of voxels whose fat fractions mirror each other. Water and fat "
        "may be exchanged in part of the vertebra.",
        "vertebrae of which a part may be swapped",
    ),
    "flip_angle": FlagWords(
        "large flip angle",
        "The flip angle is {detail}: T1 may raise the fat fraction.",
        "vertebrae of a map with a large flip angle",
    ),
    "high_sd": FlagWords(
        "high SD",
        "The SD of the fat fraction within the region is {detail}. Look whether the region lies in "
        "the body.",
        "vertebrae with a high SD of the fat fraction",
    ),
    "unusual_fat_fraction": FlagWords(
        "unusual fat fraction",
        "The fat fraction is {detail}, which is rare in marrow.",
        "vertebrae with an unusual fat fraction",
    ),
    "residual": FlagWords(
        "large residual",
        "Water, fat and R2* leave {detail} of the echoes' signal unexplained.",
        "vertebrae whose echoes are not well explained",
    ),
    "bipolar": FlagWords(
        "echoes of alternating polarity",
        "The phase of even echoes differed from that of odd ones by up to {detail}. It was taken "
        "away.",
        "vertebrae of echoes of alternating polarity",
    ),
    "ambiguous": FlagWords(
        "water and fat ambiguous",
        "By magnitudes alone another fat fraction explains the echoes about as well: {detail}.",
        "vertebrae whose magnitudes fit two fat fractions",
    ),
    "two_sources_differ": FlagWords(
        "two sources differ",
        "The fat fraction of a second source differs from the one that was taken ({detail}).",
        "vertebrae whose two sources differ",
    ),
    "source_not_used": FlagWords(
        "a source was not used",
        "One of two sources of the fat fraction could not be used ({detail}).",
        "vertebrae of which one source was not used",
    ),
    "not_measured": FlagWords(
        "measured in part",
        "Not everything was measured here ({detail}).",
        "vertebrae measured in part",
    ),
}
"""Code → words; a flag of another code is a sentence already."""
