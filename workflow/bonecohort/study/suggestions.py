"""The nearest known word to a mistyped one."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to ``word`` in spelling, or None when none is close."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def close_id(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return the sentence that helps with an unknown ID, whose case counts; else ``otherwise``."""
    by_lower = {one.lower(): one for one in known}
    if name.lower() in by_lower:
        return f"did you mean '{by_lower[name.lower()]}'? (case counts)"
    return otherwise


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the sentence that helps with an unknown word."""
    known = sorted(known)
    guess = nearest(word, known)
    return f"did you mean '{guess}'?" if guess else f"known are: {', '.join(known)}."
