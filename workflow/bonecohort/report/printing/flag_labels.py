"""What the codes of flags mean, in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class FlagWords:
    """What a flag means: ``short`` for a picture, ``sentence`` for a list, ``subject`` for many.

    A flag that is not ``noteworthy`` tells how a vertebra was measured and asks for no look.
    ``{plane}`` stands for the plane the flag names, ``{detail}`` for what stands behind its code.
    """

    short: str
    sentence: str
    subject: str
    noteworthy: bool = True

    def of(self, plane: str, detail: str) -> FlagWords:
        """Return the words with the plane's name and the flag's detail put in."""
        return replace(
            self,
            short=self.short.format(plane=plane, detail=detail),
            sentence=self.sentence.format(plane=plane, detail=detail),
        )


FLAGS = {
    "plane_spread": FlagWords(
        "planes differ in HU",
        "The planes differ in HU by more than the limit set, with or without the bone left out of "
        "them: look for sclerosis, a fracture or a plane too near to an endplate.",
        "vertebrae whose planes differ in HU",
    ),
    "high_sd": FlagWords(
        "high SD in {plane} plane",
        "The SD within the {plane} region is above the limit set: look for a bone island, a vein "
        "or cortical bone inside it.",
        "regions with a high SD",
    ),
    "metal": FlagWords(
        "metal in {plane} plane",
        "The {plane} region holds values as high as metal: its HU may be wrong.",
        "regions that may hold metal",
    ),
    "lumbar_count_6": FlagWords(
        "six lumbar vertebrae: check levels",
        "The label map holds a sixth lumbar vertebra (L6): check which vertebra is which.",
        "label maps with six lumbar vertebrae",
    ),
    "lumbar_count_4": FlagWords(
        "four lumbar vertebrae: check levels",
        "The label map holds L4 and the sacrum but no L5: check which vertebra is which.",
        "label maps with four lumbar vertebrae",
    ),
    "transitional_t13": FlagWords(
        "T13 labelled: check levels",
        "The label map holds a thirteenth thoracic vertebra (T13): check which vertebra is which.",
        "label maps with a thirteenth thoracic vertebra",
    ),
    "hounsfield_scale_unproven": FlagWords(
        "Hounsfield scale unproven",
        "The CT does not show soft tissue and air or fat, which prove the Hounsfield scale: check "
        "that it was exported with its rescale slope and intercept.",
        "vertebrae of a CT whose Hounsfield scale is unproven",
    ),
    "monoenergetic": FlagWords(
        "monoenergetic image",
        "The CT is a virtual monoenergetic image: HU thresholds made at 120 kV may not hold.",
        "vertebrae of a virtual monoenergetic image",
    ),
    "endplates_not_seen": FlagWords(
        "endplates not seen: label used",
        "The CT does not show the endplates clearly, so the ends and the axis of the body are the "
        "label's: look whether the planes lie well.",
        "vertebrae whose endplates are not seen",
    ),
    "walls_not_seen": FlagWords(
        "walls not seen: label used",
        "The CT does not show the walls of the body clearly, so they are the label's: look whether "
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
    "went_round_island": FlagWords(
        "{plane} region smaller, beside dense bone",
        "The {plane} region is not the largest that fits: it was placed beside dense bone or "
        "another part that is not trabecular.",
        "regions placed beside dense bone",
        noteworthy=False,
    ),
    "unread_files": FlagWords(
        "files of marks unread",
        "Files of the reading could not be read as marks ({detail}): a level without marks is not "
        "taken as normal, and further marks of this one may be missing.",
        "vertebrae beside whose marks lie files that were not read",
    ),
    "unread_rows": FlagWords(
        "rows of readings not used",
        "A row whose ID is nearly this participant's was not used ({detail}): it may tell of this "
        "level.",
        "vertebrae of which a row with a misspelt ID may tell",
    ),
    "skipped_files": FlagWords(
        "files passed over",
        "Passed over: files that an operating system made, and marks told twice ({detail}).",
        "vertebrae beside whose marks lie files that no reader made",
        noteworthy=False,
    ),
}
CODE = re.compile(
    r"^(?P<flag>[a-z0-9_]+?)(?:_(?P<plane>upper|middle|lower))?(?:: (?P<detail>.*))?$", re.DOTALL
)


def flag_words(text: str) -> FlagWords | None:
    """Return what a flag's code means; None for a flag that is a sentence already."""
    code = CODE.match(text)
    meant = FLAGS.get(code["flag"]) if code else None
    return meant.of(code["plane"] or "", code["detail"] or "") if code and meant else None


def is_noteworthy(text: str) -> bool:
    """Tell whether a flag asks for a look."""
    meant = flag_words(text)
    return meant.noteworthy if meant else True


def in_few_words(flags: Iterable[str]) -> list[str]:
    """Return a vertebra's flags as a picture names them, those that ask for a look first."""
    ordered = sorted(flags, key=lambda flag: not is_noteworthy(flag))
    meant = [(flag, flag_words(flag)) for flag in ordered]
    return [known.short if known else flag for flag, known in meant]
