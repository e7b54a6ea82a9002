"""What a reader drew: a line, a curve or a region, with its points in LPS mm.

Kept free of numpy: a job that reads a few lines should start at once.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bonecohort.annotations.copies import mark_stem
from bonecohort.annotations.marks.names import parse_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bonecohort.annotations.marks.names import Form, MarkName

Point = tuple[float, float, float]

STORED_TOLERANCE = 0.01
"""A stored length may differ from the coordinates' by this fraction before it is a fault."""

FARTHEST_MM = 1e4
"""No scanner's table reaches ten metres from its origin."""
LONGEST_NAME = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Control characters and halves of characters, which JSON can name and a report cannot hold."""


MM_PER_UNIT = {"mm": 1.0, "um": 1e-3, "cm": 10.0, "m": 1e3}


@dataclass(frozen=True)
class Markup:
    """One markup: its kind, its name and its defined control points in LPS mm.

    ``frame_of_reference`` and ``series`` are digests of the UIDs that a DICOM file ties its points
    to (:func:`~bonecohort.images.grid.uid_digest`); empty where it has none. ``meaning`` is what
    its name says, as :func:`understood` finds it.
    """

    type: str
    name: str
    points_lps_mm: tuple[Point, ...]
    labels: tuple[str, ...] = ()
    stored_mm: dict[str, float] = field(default_factory=dict)
    source: str = ""
    frame_of_reference: str = ""
    series: frozenset[str] = frozenset()
    meaning: MarkName | None = field(default=None, compare=False)


def understood(markup: Markup, forms: Sequence[Form]) -> Markup:
    """Return a markup with what its name, else its points' labels, else its file's name says."""
    return replace(markup, meaning=_meaning(markup, forms))


def _meaning(markup: Markup, forms: Sequence[Form]) -> MarkName | None:
    if parsed := parse_name(markup.name, forms):
        return parsed
    from_labels = {named for label in markup.labels if (named := parse_name(label, forms))}
    if len(from_labels) == 1:
        return from_labels.pop()
    return parse_name(mark_stem(markup.source), forms)


def distance_mm(first: Point, second: Point) -> float:
    """Return the distance between two points, in the unit they are given in."""
    return math.dist(first, second)


def printable(text: Any) -> str:
    """Return a name without what no editor shows and no report can hold."""
    return _UNPRINTABLE.sub("", str(text))[:LONGEST_NAME]
