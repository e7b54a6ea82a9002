"""What the codes of flags mean, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class FlagWords:
    """What a flag means: ``short`` for a picture, ``sentence`` for a list, ``subject`` for many.

    A flag that is not ``noteworthy`` says how a site was measured and needs no check. ``{detail}``
    stands for what stands behind the flag's code.
    """

    short: str
    sentence: str
    subject: str
    noteworthy: bool = True

    def of(self, detail: str) -> FlagWords:
        """Return the words with the flag's detail put in."""
        return replace(
            self,
            short=self.short.format(detail=detail),
            sentence=self.sentence.format(detail=detail),
        )


OF_READINGS = {
    "unread_files": FlagWords(
        "files of marks unread",
        "Files of the reading could not be read as marks ({detail}). A level without marks is not "
        "taken as normal, and further marks of this one may be missing.",
        "vertebrae beside whose marks lie files that were not read",
    ),
    "unread_rows": FlagWords(
        "rows of readings not used",
        "A row whose ID is nearly this participant's was not used ({detail}): it may be of this "
        "level.",
        "vertebrae of which a row with a misspelt ID may be",
    ),
    "skipped_files": FlagWords(
        "files left out",
        "Left out: files that an operating system made, and marks stored twice ({detail}).",
        "vertebrae beside whose marks lie files that no reader made",
        noteworthy=False,
    ),
}
"""Code → words of the flags that readers of marks and tables raise, whatever is measured."""

OF_CT_VERTEBRAE = {
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
        "The CT does not show soft tissue and air or fat, which prove the Hounsfield scale. Check "
        "that it was exported with its rescale slope and intercept.",
        "vertebrae of a CT whose Hounsfield scale is unproven",
    ),
    "monoenergetic": FlagWords(
        "monoenergetic image",
        "The CT is a virtual monoenergetic image: HU thresholds made at 120 kV may not hold.",
        "vertebrae of a virtual monoenergetic image",
    ),
}
"""Code → words of the flags on a CT and its vertebra labels, whatever is measured there."""
OF_MR_BODIES = {
    "few_voxels": FlagWords(
        "few voxels",
        "The inside of the vertebral body holds too few voxels to measure.",
        "vertebrae with too few voxels",
    ),
    "outliers": FlagWords(
        "many outliers left out",
        "{detail} of the voxels were left out as outliers. Look for a haemangioma, a large vein, "
        "or a label that leaves the body.",
        "vertebrae with many outliers",
    ),
    "frame_of_reference": FlagWords(
        "labels of another frame",
        "The label map has another frame of reference than the image: the patient may have moved "
        "between them. Look whether the regions lie in the bodies.",
        "vertebrae whose labels have another frame of reference",
    ),
}
"""Code → words of the flags that every technique raises which measures bodies on MR."""
OF_PLACEMENT = {
    "misregistered": FlagWords(
        "labels may be off",
        "The labels may lie beside the bodies of this image ({detail}): look at the picture.",
        "vertebrae whose labels may lie beside the bodies",
    ),
    "partly_outside": FlagWords(
        "partly outside the image",
        "A part of the labelled body lies outside the image ({detail}).",
        "vertebrae that lie partly outside the image",
    ),
}
"""Code → words of the flags of :mod:`bonecohort.measures.mr.placement`."""


def flag_words(text: str, flags: Mapping[str, FlagWords]) -> FlagWords | None:
    """Return what a flag means; None for one that is a sentence already.

    ``flags`` are the words of the technique that raised it, by their codes. A detail stands behind
    its code and a colon.
    """
    code, _, detail = text.partition(": ")
    meant = flags.get(code) or OF_READINGS.get(code)
    return meant.of(detail) if meant else None


def is_noteworthy(text: str, flags: Mapping[str, FlagWords]) -> bool:
    """Return whether a flag asks for a look."""
    meant = flag_words(text, flags)
    return meant.noteworthy if meant else True


def in_few_words(texts: Iterable[str], flags: Mapping[str, FlagWords]) -> list[str]:
    """Return a site's flags as a picture names them, those that ask for a look first."""
    ordered = sorted(texts, key=lambda text: not is_noteworthy(text, flags))
    meant = [(text, flag_words(text, flags)) for text in ordered]
    return [known.short if known else text for text, known in meant]
