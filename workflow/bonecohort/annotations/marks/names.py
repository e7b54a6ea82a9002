"""The grammar of marks' names: which vertebra, and what of it, a drawn mark measures.

A name is a level and parts behind it, ``L3_sup_1_width``. Techniques declare which parts there are,
as forms of names. Parts may be joined by ``_``, ``-`` or spaces, in any case, and may carry the
counter that a drawing program appends (``L3_upper-1``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_GAP = r"[\s_-]+"
_COUNTER = r"(?:[\s_-]+\d+)?"
_LEVEL = r"(?P<level>L[1-6])"
_DRAWN_UNNAMED = re.compile(r"L[\s_-]\d+", re.IGNORECASE)
"""What a drawing program calls its lines itself: no level is meant."""
_ANY_LEVEL = re.compile(r"L[\s_-]?([1-6])(?![0-9])", re.IGNORECASE)
EXAMPLE_LEVEL = "L3"


@dataclass(frozen=True)
class Part:
    """One part of a name: one of several words, or a number.

    Attributes
    ----------
    words
        The ways to write each word, in small letters, the usual one first; none of a number.
    digits
        Digits that the number has at most.
    """

    words: tuple[tuple[str, ...], ...] = ()
    digits: int = 0

    def pattern(self) -> str:
        """Return a regular expression of what may stand here."""
        if not self.words:
            return rf"\d{{1,{self.digits}}}"
        return "|".join(re.escape(way) for ways in self.words for way in ways)

    def usual(self, written: str) -> str:
        """Return the usual way to write a word, or a number without leading zeros."""
        if not self.words:
            return str(int(written))
        return next(ways[0] for ways in self.words if written.casefold() in ways)


@dataclass(frozen=True)
class Form:
    """One form of names, and how what bears such a name is drawn.

    Attributes
    ----------
    name
        What the form is called; no other technique's is called so.
    parts
        What follows the level.
    drawn_as
        ``line``: of two points. ``curve``: closed, of three or more. ``region``: likewise, and an
        ellipse or a circle stands for it.
    crosses_middle
        Whether it lies about the middle of the vertebral body, not at its rim alone.
    """

    name: str
    parts: tuple[Part, ...]
    drawn_as: Literal["line", "curve", "region"] = "line"
    crosses_middle: bool = False

    def example(self) -> str:
        """Return a name of this form."""
        parts = (part.words[0][0] if part.words else "1" for part in self.parts)
        return "_".join((EXAMPLE_LEVEL, *parts))

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Form:
        """Return the form in plain JSON types, as in a job's task."""
        parts = (
            Part(tuple(tuple(ways) for ways in part["words"]), part["digits"])
            for part in record["parts"]
        )
        return cls(record["name"], tuple(parts), record["drawn_as"], record["crosses_middle"])


@dataclass(frozen=True)
class MarkName:
    """What a mark's name says: its form, the level, and the parts in their usual spelling."""

    form: Form
    level: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The name as documentation writes it, ``L3_sup_1_width``."""
        return "_".join((self.level, *self.parts))


def parse_name(text: str, forms: Iterable[Form]) -> MarkName | None:
    """Return what a mark's name says, or None when it is of none of the forms."""
    text = text.strip()
    for form in forms:
        if match := _pattern(form).fullmatch(text):
            level, *written = match.groups()
            parts = (part.usual(way) for part, way in zip(form.parts, written, strict=True))
            return MarkName(form, level.upper(), tuple(parts))
    return None


@cache
def _pattern(form: Form) -> re.Pattern[str]:
    parts = "".join(f"{_GAP}({part.pattern()})" for part in form.parts)
    return re.compile(f"{_LEVEL}{parts}{_COUNTER}", re.IGNORECASE)


def example_of_line(forms: Iterable[Form]) -> str:
    """Return a name of the first form that is a line's; empty where none is."""
    return next((form.example() for form in forms if form.drawn_as == "line"), "")


def level_in(text: str) -> str | None:
    """Return the level a name speaks of, even when the rest of it cannot be read."""
    text = text.strip()
    match = None if _DRAWN_UNNAMED.fullmatch(text) else _ANY_LEVEL.match(text)
    return f"L{match[1]}" if match else None
