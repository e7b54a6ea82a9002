"""Text of an SVG that stays text: found, copied and read aloud, and legible without its font."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from matplotlib.patheffects import withStroke
from matplotlib.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

FALLBACK = "Verdana, sans-serif"
"""Verdana is as wide as the first font; where neither is there, the reader's own font stands."""
HALO_COLOUR, HALO_POINTS = "#000000", 2.5
HALO = withStroke(linewidth=HALO_POINTS, foreground=HALO_COLOUR)
"""What keeps text and lines on a picture legible."""

_HALO_ATTRIBUTES = (
    f'paint-order="stroke" stroke="{HALO_COLOUR}" stroke-width="{HALO_POINTS}" '
    'stroke-linejoin="round"'
)
_TEXT_STYLE = re.compile(r'(?<=<text style=")[^"]*')
_FAMILIES = re.compile(r"'[^']+'(?:, '[^']+')*")
_HALO_GROUP = re.compile(r'<g id="halo_\d+"')


@contextmanager
def without_halos(figure: Figure) -> Iterator[None]:
    """Take the halos of texts off, which matplotlib draws as outlines, and mark those texts."""
    haloed = [text for text in figure.findobj(Text) if HALO in text.get_path_effects()]
    before = [(text.get_path_effects(), text.get_gid()) for text in haloed]
    for place, text in enumerate(haloed):
        text.set_path_effects([])
        text.set_gid(f"halo_{place}")
    try:
        yield
    finally:
        for text, (effects, gid) in zip(haloed, before, strict=True):
            text.set_path_effects(effects)
            text.set_gid(gid)


def finished(svg: str) -> str:
    """Return a drawing whose texts keep their spaces and halos, and have a font anywhere."""

    def legible(style: re.Match[str]) -> str:
        families = _FAMILIES.sub(rf"\g<0>, {FALLBACK}", style[0], count=1)
        return f"white-space: pre; {families}"

    with_fonts = _TEXT_STYLE.sub(legible, svg)
    return _HALO_GROUP.sub(rf"\g<0> {_HALO_ATTRIBUTES}", with_fonts)
