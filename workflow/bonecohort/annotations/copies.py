"""Names of files, without what their formats and the programs that copy them add."""

from __future__ import annotations

import re

_ENDING = re.compile(r"\.(?:mrk|mkp|json|csv|tsv|txt)(?![a-z])", re.IGNORECASE)
_COPY = re.compile(
    r"(?:\s*\(\d+\)|[\s_-]*(?:copy|kopie|copie|copia|\u526f\u672c)(?:[\s_-]*\(?\d+\)?)?)+$",
    re.IGNORECASE,
)
"""What browsers and file managers add to the name of a second file."""


def mark_stem(file: str) -> str:
    """Return a file's name without its ending and what a copy or download adds to it.

    Slicer keeps a markup's name in its file's: ``L3_upper.mrk.json``, ``L3_upper.mrk (1).json``.
    """
    return _COPY.sub("", _ENDING.split(file, maxsplit=1)[0])
