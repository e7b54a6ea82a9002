"""A figure of the page: its drawing or picture, or the reason why it is absent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bonecohort.report.pictures.embedding import Picture, embedded_picture, inline_svg
from bonecohort.report.printing.cross_references import anchor

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.figures.flow_diagram import Flow
    from bonecohort.report.tables.table_model import Series

FORMATS = ("png", "svg", "pdf")
FIGURE_BUDGET_BYTES = 1_500_000
NOT_DRAWN = "the figure was not drawn."


@dataclass(frozen=True)
class Illustration:
    """A figure: drawing markup or picture, else the reason why there is none.

    Texts refer to it by its ``key``; the report gives it its ``number`` within its ``series``. One
    that is ``only_if_drawn`` leaves no trace on the page where it was not drawn. ``hint`` stands on
    the screen below the caption. ``farthest`` names, by measure, the participants and levels
    farthest from what the figure shows. ``png`` is the same figure as a PNG file's bytes, at the
    size and resolution of print. It is empty where there is none. ``files`` are those that hold
    the figure. A ``diagram`` has no files: it is drawn when the report is written.
    """

    key: str
    caption: str
    svg: str = ""
    picture: Picture | None = None
    absent_because: str = ""
    series: Series = ""
    number: str = ""
    only_if_drawn: bool = False
    hint: str = ""
    farthest: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    png: bytes = field(default=b"", repr=False)
    files: tuple[Path, ...] = ()
    diagram: Flow | None = None

    @property
    def name(self) -> str:
        """What the figure is called in print, ``Figure S4``; its key before it has a number."""
        return f"Figure {self.number}" if self.number else self.key

    @property
    def file_stem(self) -> str:
        """The name of the figure's own files, ``figure_s4``."""
        return self.name.lower().replace(" ", "_")

    @property
    def anchor(self) -> str:
        """Name that links point to, ``figure-3``."""
        return anchor(self.name)

    @property
    def is_shown(self) -> bool:
        """Whether the page has a place for it."""
        return bool(self.svg or self.picture) or not self.only_if_drawn


def illustration(
    folder: Path,
    stem: str,
    key: str,
    caption: str,
    absent_because: str = NOT_DRAWN,
    *,
    series: Series = "",
) -> Illustration:
    """Return a figure from its drawing, else its picture, else the reason for its absence."""
    files = tuple(path for name in FORMATS if (path := folder / f"{stem}.{name}").is_file())
    drawing, picture = folder / f"{stem}.svg", folder / f"{stem}.png"
    png = picture.read_bytes() if picture.is_file() else b""
    shown = Illustration(key, caption, series=series, png=png, files=files)
    if drawing.is_file() and drawing.stat().st_size <= FIGURE_BUDGET_BYTES:
        return replace(shown, svg=inline_svg(drawing, caption))
    if picture.is_file():
        return replace(shown, picture=embedded_picture(picture, caption, FIGURE_BUDGET_BYTES))
    return replace(shown, absent_because=absent_because)


def left_out(shown: Illustration, because: str) -> Illustration:
    """Return the figure without what it shows, and the reason."""
    return replace(shown, svg="", picture=None, png=b"", files=(), absent_because=because)
