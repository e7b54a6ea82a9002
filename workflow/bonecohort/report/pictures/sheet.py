"""The sheet QC pictures are drawn on: panels placed in pixels, marks, and small PNG files."""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from PIL import Image

from bonecohort.faults import DataFault
from bonecohort.report.figures.fonts import readable
from bonecohort.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY_BLUE,
    VERMILION,
    YELLOW,
    journal_style,
)
from bonecohort.report.figures.svg_text import HALO
from bonecohort.report.pictures.embedding import PAGE_BYTES, page_copy, shrunk
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from bonecohort.report.pictures.views import View

DPI = 100
POINTS_PER_INCH = 72
OUTSIDE_SCAN = "#33475B"  # neither air nor bone: where the scan holds nothing
LEAST_BELOW_SCALE_MM = 2.0
SCALE_BAR_MM = 20.0
MESSAGE_CHARACTERS = 68
# A palette of few greys, and each mark's colour with its blends into dark, bone and paper, keeps
# a file near 100 kB. It is the same for every picture, so marks never change colour.
PALETTE_GREYS = 30
PALETTE_BLENDS = ((0, 0.35), (0, 0.7), (128, 0.5), (255, 0.5), (0, 1.0))
MARK_COLOURS = (SKY_BLUE, YELLOW, ORANGE, VERMILION, GREEN, PURPLE, BLUE, OUTSIDE_SCAN)


@dataclass(frozen=True)
class Box:
    """A place on a sheet in pixels from its top left corner."""

    left_px: float
    top_px: float
    width_px: float
    height_px: float


class Sheet:
    """A white picture of fixed size in pixels; places are pixels from its top left corner."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.width_px = width_px
        self.height_px = height_px
        self.figure = Figure(figsize=(width_px / DPI, height_px / DPI), dpi=DPI, facecolor="white")
        FigureCanvasAgg(self.figure)

    def panel(
        self,
        box: Box,
        picture: NDArray[np.float32],
        view: View,
        window: tuple[float, float],
        interpolation: Literal["nearest", "bilinear"] = "nearest",
    ) -> Axes:
        """Show a sampled view in true proportions; the axes' coordinates are the view's mm."""
        axes = self.figure.add_axes((
            box.left_px / self.width_px,
            1 - (box.top_px + box.height_px) / self.height_px,
            box.width_px / self.width_px,
            box.height_px / self.height_px,
        ))  # fmt: skip
        axes.imshow(
            picture,
            cmap=mpl.colormaps["gray"].with_extremes(bad=OUTSIDE_SCAN),
            vmin=window[0], vmax=window[1], extent=view.extent_mm, aspect="equal",
            interpolation=interpolation,
        )  # fmt: skip
        axes.set_axis_off()
        axes.autoscale(enable=False)
        return axes

    def text(
        self,
        place_px: tuple[float, float],
        text: str,
        size_px: float,
        *,
        color: str = BLACK,
        bold: bool = False,
        align: Literal["left", "right"] = "left",
    ) -> None:
        """Write text whose top left (or right) corner is at a place."""
        self.figure.text(
            place_px[0] / self.width_px, 1 - place_px[1] / self.height_px, text,
            fontsize=points(size_px), color=color, fontweight="bold" if bold else "normal",
            ha=align, va="top", linespacing=1.25, parse_math=False,
        )  # fmt: skip


def points(size_px: float) -> float:
    """Return a font size in points from pixels of the sheet."""
    return size_px * POINTS_PER_INCH / DPI


def mark_sides(
    axes: Axes, view: View, sides: Sequence[str], size_px: float, height: float = -1 / 3
) -> None:
    """Write the patient's sides at the picture's left, right, top and bottom ('' for none).

    ``height`` is where left and right stand, from -1 at the top to 1 at the bottom.
    """
    x, y = view.width_mm / 2 * 0.95, view.height_mm / 2 * 0.97
    places = ((-x, y * height, "left", "center"), (x, y * height, "right", "center"),
              (0, -y, "center", "top"), (0, y, "center", "bottom"))  # fmt: skip
    for side, (across, down, ha, va) in zip(sides, places, strict=True):
        if side:
            write_on(axes, (across, down), side, size_px, align=(ha, va))


def mark_scale(axes: Axes, view: View) -> None:
    """Draw a bar of 20 mm in the lower left corner."""
    left = -view.width_mm / 2 * 0.93
    down = min(view.height_mm / 2 * 0.975, view.height_mm / 2 - LEAST_BELOW_SCALE_MM)
    axes.plot([left, left + SCALE_BAR_MM], [down, down], color="white", linewidth=2.5,
              path_effects=[withStroke(linewidth=4, foreground=BLACK)])  # fmt: skip
    write_on(axes, (left, down - 2), f"{SCALE_BAR_MM:.0f} mm", 14, align=("left", "bottom"))


def write_on(
    axes: Axes,
    place_mm: tuple[float, float],
    text: str,
    size_px: float,
    *,
    align: tuple[str, str],
    color: str = "white",
    bold: bool = False,
) -> None:
    """Write on a picture, legible on bone and on air alike; ``align`` as matplotlib's ha, va."""
    axes.text(
        *place_mm, text, fontsize=points(size_px), ha=align[0], va=align[1], color=color,
        fontweight="bold" if bold else "normal", path_effects=[HALO], parse_math=False,
    )  # fmt: skip


@journal_style()
def message_sheet(title: str, reason: str) -> Figure:
    """Return a card that names a participant's picture and says why there is none."""
    lines = textwrap.wrap(reason, width=MESSAGE_CHARACTERS) or [""]
    sheet = Sheet(860, 126 + 26 * len(lines))
    sheet.text((32, 26), title, 24, bold=True)
    sheet.text((32, 62), "no picture", 19, color=GREY, bold=True)  # not always a fault
    sheet.text((32, 96), "\n".join(lines), 19, color=GREY)
    return sheet.figure


def save_drawn(draw: Callable[[], Figure], path: Path, page_bytes: int = PAGE_BYTES) -> None:
    """Write what ``draw`` draws of a participant, or a card with the reason of its DataFault.

    Parameters
    ----------
    path
        ``qc/{picture}.png`` in the participant's folder, whose name the card bears.
    page_bytes
        See :func:`save_picture`.
    """
    try:
        figure = draw()
    except DataFault as fault:
        figure = message_sheet(path.parent.parent.name, fault.reason)
    save_picture(figure, path, page_bytes)


@journal_style()
def save_picture(figure: Figure, path: Path, page_bytes: int = PAGE_BYTES) -> None:
    """Write a sheet as a small palette PNG without metadata: same picture, same bytes.

    A JPEG of at most ``page_bytes`` is written beside it for the report, which holds the pictures
    of everybody.
    """
    pixels = io.BytesIO()
    with readable(figure):
        figure.savefig(pixels, format="rgba", dpi=DPI)
    drawn = Image.frombytes("RGBA", figure.canvas.get_width_height(), pixels.getvalue())
    picture = drawn.convert("RGB").quantize(palette=_palette(), dither=Image.Dither.NONE)
    with whole_file(path) as unfinished:
        picture.save(unfinished, format="PNG", optimize=True)
    with whole_file(page_copy(path)) as unfinished:
        unfinished.write_bytes(shrunk(drawn, page_bytes))


def _palette() -> Image.Image:
    """Return the fixed palette as the one-pixel image that Pillow takes palettes from."""
    greys = np.linspace(0, 255, PALETTE_GREYS).round().repeat(3).reshape(-1, 3)
    marks = np.array([to_rgb(colour) for colour in MARK_COLOURS]) * 255
    blends = [share * marks + (1 - share) * base for base, share in PALETTE_BLENDS]
    colours = np.vstack([greys, *blends]).round().astype(np.uint8)
    palette = Image.new("P", (1, 1))
    palette.putpalette(colours.tobytes())
    return palette
