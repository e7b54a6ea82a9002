"""Texts measured in columns: a character such as a Chinese one takes two."""

from __future__ import annotations

import textwrap
import unicodedata

SECOND_COLUMN = "\N{WORD JOINER}"
"""Stands behind a character that is two columns wide, to be counted."""


def n_columns(text: str) -> int:
    """Return how many columns a line of text takes."""
    return len(_two_columns(text))


def wrapped(text: str, columns: int) -> list[str]:
    """Return the lines of a text broken at words; text without spaces breaks where it must."""
    return [part.replace(SECOND_COLUMN, "") for part in textwrap.wrap(_two_columns(text), columns)]


def _two_columns(text: str) -> str:
    """Return the text with a mark behind each character that is two columns wide."""
    return "".join(
        mark + SECOND_COLUMN if unicodedata.east_asian_width(mark) in "WF" else mark
        for mark in text
    )
