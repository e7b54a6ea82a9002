"""Which segment of a DICOM SEG is which vertebra, by its codes and its label."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bonecohort.annotations.labels.schemes import level_of_name
from bonecohort.faults import DataFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydicom.dataset import Dataset

LEVEL_OF_CODE: Mapping[str, str] = {
    "12989004": "T11", "23215003": "T12", "66794005": "L1", "14293000": "L2", "36470004": "L3",
    "11994002": "L4", "49668003": "L5", "54735007": "sacrum",
    "T-117B0": "T11", "T-117C0": "T12", "T-11910": "L1", "T-11920": "L2", "T-11930": "L3",
    "T-11940": "L4", "T-11950": "L5", "T-11AD0": "sacrum",
}  # fmt: skip
"""SNOMED codes of vertebrae (PS3.16, CID 7602): as SCT, and as the older SRT."""
ABNORMALITY_CODES = ("49755003", "M-01000")
"""Category of a lesion: what lies in a vertebra is not the vertebra."""
WHOLE_CODES = (
    "51282000", "T-11510", "272673000", "T-D016E", "85756007", "T-D0050", "91772007", "T-D0062",
    "91723000", "T-D0005", "123037004", "T-D000A",
)  # fmt: skip
"""Property types (vertebra, bone, tissue, organ, structure) that an anatomic region makes exact."""

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
WORDS = re.compile(
    r"(?:(?P<ordinal>first|second|third|fourth|fifth|sixth)|(?P<count>[1-6])(?:st|nd|rd|th))"
    r"\s+lumbar\s+vertebra(?:l body)?"
    r"|lumbar(?:\s+vertebra)?\s+(?P<number>[1-6])"
    r"|(?P<level>T1[1-3]|L[1-6])\s+(?:vertebra|vertebral body)",
    re.IGNORECASE,
)
PART_OF_VERTEBRA = re.compile(
    r"dis[ck]|end.?plate|nerve|arter|vein|\brib|process|lamina|pedicle|arch|posterior|canal|cord"
    r"|muscle|foramen|lesion|tumou?r|fracture|metasta|[TL]\d+\s*[-/]\s*[LS]\d",
    re.IGNORECASE,
)


def level_of_segments(dataset: Dataset, file: str) -> dict[int, str]:
    """Return segment number → level of every segment of a DICOM SEG that is a vertebra.

    ``file`` is what a fault calls it.

    Raises
    ------
    DataFault
        A segment's label and codes contradict each other, or none is a lumbar vertebra.
    """
    names = {}
    for segment in dataset.SegmentSequence:
        number = int(segment.SegmentNumber)
        levels = set(_named_levels(segment))
        if len(levels) > 1:
            message = (
                f"Segment {number} of {file} is {' and '.join(sorted(levels))} at once by its "
                "label and codes; they must agree."
            )
            raise DataFault(message)
        if levels:
            names[number] = levels.pop()
    if not any(level.startswith("L") for level in names.values()):
        message = (
            f"No segment of {file} is a lumbar vertebra by its label or codes; a label such as L3 "
            "or vertebrae_L3, or the code of a vertebra (SCT 36470004 is L3), is expected."
        )
        raise DataFault(message)
    return names


def label_of_segments(dataset: Dataset, file: str) -> dict[int, str]:
    """Return segment number → SegmentLabel of every segment of a DICOM SEG.

    ``file`` is what a fault calls it.

    Raises
    ------
    DataFault
        There is no segment.
    """
    names = {
        int(segment.SegmentNumber): str(segment.get("SegmentLabel") or "")
        for segment in dataset.SegmentSequence
    }
    if not names:
        raise DataFault(f"There is no segment in {file}.")
    return names


def _named_levels(segment: Dataset) -> Iterator[str]:
    category = _codes(segment, "SegmentedPropertyCategoryCodeSequence")
    if any(code.CodeValue in ABNORMALITY_CODES for code in category):
        return
    type_codes = _codes(segment, "SegmentedPropertyTypeCodeSequence")
    if all(code.CodeValue in WHOLE_CODES for code in type_codes):
        type_codes = [*type_codes, *_codes(segment, "AnatomicRegionSequence")]
    for code in type_codes:
        if level := LEVEL_OF_CODE.get(str(code.CodeValue)) or level_of_text(
            str(code.get("CodeMeaning") or "")
        ):
            yield level
    if level := level_of_text(str(segment.get("SegmentLabel") or "")):
        yield level


def _codes(dataset: Dataset, keyword: str) -> list[Dataset]:
    return [code for code in dataset.get(keyword) or () if code.get("CodeValue")]


def level_of_text(text: str) -> str | None:
    """Return the level of ``L3``, ``vertebrae_L3``, ``L3 vertebra``, ``Third lumbar vertebra``.

    None for what is not the vertebra itself, such as a disc, a fracture or a posterior arch.
    """
    words = re.sub(r"[\s_]+", " ", text).strip()
    if PART_OF_VERTEBRA.search(words):
        return None
    if not (match := WORDS.fullmatch(words)):
        return level_of_name(text)
    if match["level"]:
        return match["level"].upper()
    if match["ordinal"]:
        return f"L{ORDINALS.index(match['ordinal'].lower()) + 1}"
    return f"L{match['count'] or match['number']}"
