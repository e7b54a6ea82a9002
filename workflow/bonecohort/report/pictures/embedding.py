"""Pictures made part of the page: PNG as base64, SVG as markup of the page itself."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

PAGE_BYTES = 65_000
"""Of a participant's picture in the page, at most, where nothing else is said; base64 adds a third.
"""
JPEG_QUALITIES = (80, 65, 50)
SMALLEST_WIDTH_PIXELS = 480
SCREEN_PIXELS_PER_POINT = 1.75  # a figure drawn for print is shown somewhat larger on a screen
LEAST_PIXELS_PER_POINT = 1.25  # below this its text is too small; on a phone it is then moved

_PROLOGUE = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_SIZE = re.compile(r'(<svg\b[^>]*?)\s(?:width|height)="[^"]*"')
_VIEW_BOX = re.compile(r'\bviewBox="\S+ \S+ (\S+) \S+"')
_IDENTIFIER = re.compile(r'\bid="([^"]+)"')


@dataclass(frozen=True)
class Picture:
    """A picture of the page: its data address, its size in pixels and its description."""

    source: str
    width: int
    height: int
    alt: str


def embedded_picture(path: Path, alt: str, budget_bytes: int) -> Picture:
    """Return a PNG as a data address; above its budget a smaller JPEG, if need be made here."""
    data, mime = path.read_bytes(), "image/png"
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        if len(data) > budget_bytes:
            copy = page_copy(path)
            data = copy.read_bytes() if copy.is_file() else shrunk(image, budget_bytes)
            mime = "image/jpeg"
    source = f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
    return Picture(source, width, height, alt)


def page_copy(path: Path) -> Path:
    """Return where the JPEG of a picture lies that a page may hold in its place."""
    return path.with_suffix(".jpg")


def shrunk(image: Image.Image, budget_bytes: int) -> bytes:
    """Return the image as JPEG of at most ``budget_bytes``, or as small as is still legible."""
    colour = image.convert("RGB")
    while True:
        for quality in JPEG_QUALITIES:
            buffer = io.BytesIO()
            colour.save(buffer, "JPEG", quality=quality, optimize=True)
            if buffer.tell() <= budget_bytes:
                return buffer.getvalue()
        if colour.width * 3 // 4 < SMALLEST_WIDTH_PIXELS:
            return buffer.getvalue()
        colour = colour.resize((colour.width * 3 // 4, colour.height * 3 // 4))


def inline_svg(path: Path, alt: str) -> str:
    """Return a drawing as markup: identifiers made its own, metadata and fixed size taken off.

    The drawing's own width, in points, gives the largest and the least width it is shown at.
    """
    text = _PROLOGUE.sub("", path.read_text(encoding="utf-8"), count=1)
    text = _SCRIPT.sub("", _METADATA.sub("", text))
    text = _SIZE.sub(r"\1", _SIZE.sub(r"\1", text, count=1), count=1)
    text = with_own_identifiers(text, f"{path.stem}-")
    role = "group" if "<a " in text else "img"
    label = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    view_box = _VIEW_BOX.search(text)
    width = float(view_box[1]) * SCREEN_PIXELS_PER_POINT if view_box else 0
    least = width / SCREEN_PIXELS_PER_POINT * LEAST_PIXELS_PER_POINT
    size = f' style="max-width:{width:.0f}px;min-width:{least:.0f}px"' if width else ""
    return text.replace("<svg", f'<svg role="{role}" aria-label="{label}"{size}', 1)


def with_own_identifiers(svg: str, prefix: str) -> str:
    """Prefix every identifier and what refers to it, so that two drawings share none."""
    known = set(_IDENTIFIER.findall(svg))

    def renamed(match: re.Match[str]) -> str:
        opening, name, closing = match.groups()
        return f"{opening}{prefix if name in known else ''}{name}{closing}"

    for pattern in (r'(\bid=")([^"]+)(")', r'(href="#)([^"]+)(")', r"(url\(#)([^)]+)(\))"):
        svg = re.sub(pattern, renamed, svg)
    return svg
