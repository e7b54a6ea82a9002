"""Fonts for words in any script: found among those installed, by the characters they have."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

FIRST_FAMILY = "DejaVu Sans"
"""Comes with matplotlib; every other font is asked only for what it lacks."""
PREFERRED = (
    "notosanscjk", "notosanssc", "notosans", "sourcehansans", "wqy", "wenquanyi",
    "droidsansfallback", "msyh", "simhei", "pingfang", "hiragino", "applesdgothic",
    "malgun", "nanumgothic", "yugoth", "meiryo", "msgothic", "ipag", "takao",
    "arialunicode", "notoserifcjk", "simsun", "unifont",
)  # fmt: skip
"""Beginnings of the names of fonts that have many characters, plain ones first."""


@contextmanager
def readable(figure: Figure) -> Iterator[str]:
    """Give each text of a figure fonts that have its characters, while it is drawn.

    Yields the characters that no installed font has; boxes stand in their place.
    """
    of_axes = [axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    for axis in of_axes:
        axis.get_ticklabels(which="both")  # else the labels are not there yet
    texts = [text for text in figure.findobj(Text) if not text.get_text().isascii()]
    lacking = lacking_in_first("".join(text.get_text() for text in texts))
    families, missing = fonts_for(lacking) if lacking else ((), "")
    if families:
        for text in texts:
            if lacking_in_first(text.get_text()):
                text.set_fontfamily([FIRST_FAMILY, *families])
        for axis in of_axes:
            if any(lacking_in_first(label.get_text()) for label in axis.get_ticklabels()):
                axis.set_tick_params(labelfontfamily=[FIRST_FAMILY, *families])
    with warnings.catch_warnings(), mpl.rc_context():
        if families:  # readers of PDF are at odds over TrueType made of such fonts
            mpl.rcParams["pdf.fonttype"] = 3
        if missing:  # the caller reports it once
            warnings.filterwarnings("ignore", r"Glyph .* missing from font")
        yield missing


def lacking_in_first(text: str) -> str:
    """Return the characters of a text, each once, that the first font does not have."""
    if text.isascii():
        return ""
    wanted = {mark for mark in text if not mark.isspace()}
    return "".join(sorted(wanted - _characters(font_manager.findfont(FIRST_FAMILY))))


@cache
def fonts_for(characters: str) -> tuple[tuple[str, ...], str]:
    """Return the families of few installed fonts that have the characters, and who has none."""
    wanted, families = set(characters), []
    for path in _installed():
        result = wanted & _characters(path)
        if result:
            families.append(_registered(path))
            wanted -= result
        if not wanted:
            break
    return tuple(families), "".join(sorted(wanted))


def _installed() -> list[str]:
    """Return the files of all fonts, also of those installed since matplotlib last looked."""
    return sorted(font_manager.findSystemFonts(), key=_place)


def _place(path: str) -> tuple[int, bool, str]:
    name = Path(path).stem.lower().replace("-", "").replace("_", "")
    at = next((at for at, start in enumerate(PREFERRED) if name.startswith(start)), len(PREFERRED))
    styled = any(style in name for style in ("bold", "italic", "oblique", "light", "thin", "black"))
    return at, styled, path


@cache
def _characters(path: str) -> frozenset[str]:
    try:
        return frozenset(map(chr, FT2Font(path).get_charmap()))
    except (OSError, RuntimeError):  # a font of bitmaps, or a damaged one
        return frozenset()


def _registered(path: str) -> str:
    """Make a font known to matplotlib, once; return its family, of several the plainest."""
    families = _families(path)
    if not families:
        font_manager.fontManager.addfont(path)
        families = _families(path)
    return min(families, key=lambda name: ("Mono" in name, " SC" not in name, name))


def _families(path: str) -> set[str]:
    return {entry.name for entry in font_manager.fontManager.ttflist if entry.fname == path}
