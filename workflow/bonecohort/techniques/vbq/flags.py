"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import OF_MR_BODIES, OF_PLACEMENT, FlagWords

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAGS: Mapping[str, FlagWords] = {
    **OF_MR_BODIES,
    **OF_PLACEMENT,
    "csf_level": FlagWords(
        "CSF of another level",
        "The signal of CSF is that at {detail}, as that at L3 could not be used. With surface "
        "coils it differs from level to level.",
        "vertebrae compared with CSF of another level",
    ),
    "endplate_apart": FlagWords(
        "endplate unlike marrow",
        "The signal under an endplate is far from that of the marrow ({detail}): look for Modic "
        "changes.",
        "vertebrae with an endplate unlike their marrow",
    ),
    "sequence_unknown": FlagWords(
        "sequence unknown",
        "ScanningSequence does not say whether this is a spin echo; its times are those of one.",
        "vertebrae of images of an unknown sequence",
    ),
    "levels_missing": FlagWords(
        "levels missing",
        "The VBQ is the median without {detail}.",
        "participants whose VBQ lacks a level",
    ),
    "unusual_vbq": FlagWords(
        "unusual VBQ",
        "The VBQ is {detail}, which is rare.",
        "participants with an unusual VBQ",
    ),
}
"""Code → words; a flag of another code is a sentence already."""
