"""What the codes of this technique's flags mean, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing.flag_words import OF_CT_VERTEBRAE, FlagWords
from bonecohort.techniques.hounsfield.names import PLANES

if TYPE_CHECKING:
    from collections.abc import Mapping


def _of_plane(plane: str) -> Mapping[str, FlagWords]:
    """Return the words of the flags that name a plane."""
    return {
        f"high_sd_{plane}": FlagWords(
            f"high SD in {plane} plane",
            f"The SD within the {plane} region is {{detail}}. Look for a bone island, a vein or "
            "cortical bone inside it.",
            "regions with a high SD",
        ),
        f"metal_{plane}": FlagWords(
            f"metal in {plane} plane",
            f"The {plane} region holds {{detail}}, as high as metal: its HU may be wrong.",
            "regions that may hold metal",
        ),
        f"went_round_island_{plane}": FlagWords(
            f"{plane} region smaller, beside dense bone",
            f"The {plane} region is not the largest that fits. It was placed beside dense bone or "
            "another part that is not trabecular.",
            "regions placed beside dense bone",
            noteworthy=False,
        ),
    }


FLAGS: Mapping[str, FlagWords] = {
    "plane_spread": FlagWords(
        "planes differ in HU",
        "HU differs by {detail} between the planes, with or without the bone left out of them. "
        "Look for sclerosis, a fracture or a plane too near to an endplate.",
        "vertebrae whose planes differ in HU",
    ),
    **OF_CT_VERTEBRAE,
    "endplates_not_seen": FlagWords(
        "endplates not seen: label used",
        "The CT does not show the endplates clearly, so the ends and the axis of the body are the "
        "label's. Look whether the planes lie well.",
        "vertebrae whose endplates are not seen",
    ),
    "walls_not_seen": FlagWords(
        "walls not seen: label used",
        "The CT does not show the walls of the body clearly, so they are the label's. Look whether "
        "the regions lie well.",
        "vertebrae whose walls are not seen",
    ),
    "planes_moved": FlagWords(
        "planes moved inwards",
        "The planes were moved from the heights set towards the middle, to stay clear of the "
        "endplates.",
        "vertebrae whose planes were moved",
        noteworthy=False,
    ),
    **{code: words for plane in PLANES for code, words in _of_plane(plane).items()},
}
"""Code → words; a flag of another code is a sentence already."""
