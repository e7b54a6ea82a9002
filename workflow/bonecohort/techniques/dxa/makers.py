"""The makers of densitometers, as files name them."""

from __future__ import annotations

from bonecohort.techniques.dxa.columns import squashed
from bonecohort.techniques.dxa.names import HOLOGIC, LUNAR, NORLAND

MAKER_WORDS = {
    HOLOGIC: ("hologic",),
    LUNAR: ("lunar", "ge", "gehealthcare", "gemedicalsystems", "gemedical", "generalelectric"),
    NORLAND: ("norland", "swissray"),
}
MODELS = {
    HOLOGIC: ("qdr4500",),
    LUNAR: ("prodigy", "idxa", "dpx"),
    NORLAND: (),
}
"""Families of densitometers, which some files name in place of the maker."""


def maker_of(text: str) -> str:
    """Return the maker that a text names; '' for another or none."""
    plain = squashed(text)
    for maker, words in MAKER_WORDS.items():
        if plain in words or maker in plain or any(model in plain for model in MODELS[maker]):
            return maker
    return ""
