"""What the free text of a header says, as words of a fixed list.

Descriptions are typed by hand and may name a person: only the words found are kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydicom.dataset import Dataset

SERIES_TEXTS = ("SeriesDescription", "ProtocolName", "BodyPartExamined")
STUDY_TEXTS = ("StudyDescription",)
REGIONS = {
    "lumbar": r"lumb|(?<![a-z])l[- _]?spine|(?<![a-z])lws|腰",
    "abdomen": r"abd|pelvi|bauch|腹|盆",
    "spine": r"spine|spinal|wirbel|脊",
    "chest": r"chest|thorax|lung|胸",
    "cervical spine": r"cervic|(?<![a-z])c[- _]?spine|(?<![a-z])hws|颈",
    "thoracic spine": r"thoracic|(?<![a-z])t[- _]?spine|(?<![a-z])bws|胸椎",
    "head": r"head|brain|skull|sinus|头|颅",
    "limb": r"knee|shoulder|(?<![a-z])(foot|ankle|wrist|elbow|hand|femur)(?![a-z])|膝",
}
SEQUENCES = {
    "T2": r"(?<![a-z0-9])t2",
    "T2*": r"(?<![a-z0-9])t2[ _-]?(\*|star)|medic(?![a-z])",
    "STIR": r"stir|tirm",
    "FLAIR": r"flair",
    "fat suppression": r"(?<![a-z])(fs|fatsat|fat[ _-]?sat|spair|spir|dixon|water)(?![a-z])",
    "Dixon": r"dixon",
    # Of a Dixon sequence's images alone.
    "in phase image": r"(?<![a-z])(in|ip|in[ _-]?phase)(?![a-z])",
    "opposed phase image": r"(?<![a-z])(opp|op|out|opposed|(out[ _-]?of|opp)[ _-]?phase)(?![a-z])",
    "water image": r"(?<![a-z])(water|w)(?![a-z])",
    "fat image": r"(?<![a-z])(fat|f)(?![a-z])",
    "MPR": r"(?<![a-z])mpr|reformat",
    "MIP": r"(?<![a-z])mip(?![a-z])",
    "myelography": r"myelo",
}
_REGION_PATTERNS = {word: re.compile(pattern) for word, pattern in REGIONS.items()}
_SEQUENCE_PATTERNS = {word: re.compile(pattern) for word, pattern in SEQUENCES.items()}


def words_of(dataset: Dataset) -> list[str]:
    """Return the words of the list that a header's descriptions hold, sorted.

    The region is the series's own where it says one, else the whole study's.
    """
    series_text = _text(dataset, SERIES_TEXTS)
    regions = _found(_REGION_PATTERNS, series_text) or _found(
        _REGION_PATTERNS, _text(dataset, STUDY_TEXTS)
    )
    return sorted([*regions, *_found(_SEQUENCE_PATTERNS, series_text)])


def _text(dataset: Dataset, keywords: Iterable[str]) -> str:
    return " | ".join(str(dataset.get(keyword) or "") for keyword in keywords).casefold()


def _found(patterns: dict[str, re.Pattern[str]], text: str) -> list[str]:
    return [word for word, pattern in patterns.items() if pattern.search(text)]
