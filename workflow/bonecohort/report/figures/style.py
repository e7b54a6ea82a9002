"""How every figure looks and how it is written: sizes, palette, fonts, deterministic files."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import Formatter

from bonecohort.report.figures.fonts import readable
from bonecohort.report.figures.svg_text import finished, without_halos
from bonecohort.report.printing.decimal_mark import POINT, decimal_comma
from bonecohort.study.layout import MISSING_SUFFIX
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

MM_PER_INCH = 25.4
SINGLE_COLUMN_MM = 85.0
DOUBLE_COLUMN_MM = 175.0
PRINT_DPI = 300

# Okabe & Ito's palette, which readers with any common colour vision can distinguish.
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#5A5A5A"
DEFECT_COLOURS: Mapping[str, str] = {
    "any": GREY,
    "superior": BLUE,
    "inferior": ORANGE,
    "bilateral": GREEN,
}
DEFECT_HATCHES: Mapping[str, str] = {
    "any": "",
    "superior": "////",
    "inferior": "\\\\\\\\",
    "bilateral": "xxxx",
}
"""Bars differ by them where print has no colour."""
SERIES_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY_BLUE, GREY)
SERIES_LINES = ("-", "--", "-.", ":")
SERIES_MARKERS = ("", "s", "^", "D", "v", "x", "P")  # a dot is a cut of a curve
MARKER_STEP = 0.12  # between the marks of a curve, of the panel's diagonal

# A white card reads on a light and on a dark page. DejaVu Sans comes with matplotlib, so that
# the same file is drawn on every machine.
JOURNAL_STYLE: Mapping[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "text.parse_math": False,
    "axes.titlesize": 8,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.dpi": PRINT_DPI,
    "svg.fonttype": "none",
    "svg.hashsalt": "bonecohort",
    "pdf.fonttype": 42,
}
# No date and no version: the same data give the same bytes.
FILE_METADATA: Mapping[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


@contextmanager
def journal_style() -> Iterator[None]:
    """Draw and save in the journal style, whatever the user's own matplotlib settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(JOURNAL_STYLE)
        yield


def new_figure(
    width_mm: float, height_mm: float, layout: Literal["constrained"] | None = "constrained"
) -> Figure:
    """Return an empty figure of a print size in mm, outside of any global plotting state."""
    figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), layout=layout)
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, folder: Path, name: str, decimal_mark: str = ".") -> None:
    """Write ``name`` as PNG (300 dpi), SVG and PDF into a folder, whole or not at all."""
    _set_decimal_mark(figure, decimal_mark)
    # The layout is found once, so that the three files agree. "none" would not do: it leaves an
    # engine in place, for which every file is drawn twice.
    with readable(figure) as missing:
        figure.draw_without_rendering()
        figure.set_layout_engine(None)
        for suffix in ("png", "pdf"):
            with whole_file(folder / f"{name}.{suffix}") as unfinished:
                _draw(figure, unfinished, suffix)
        with whole_file(folder / f"{name}.svg") as unfinished, without_halos(figure):
            _draw(figure, unfinished, "svg")
            drawn = unfinished.read_text(encoding="utf-8")
            unfinished.write_text(finished(drawn), encoding="utf-8")
    note = folder / f"{name}{MISSING_SUFFIX}"
    note.unlink(missing_ok=True)
    if missing:
        note.write_text(missing, encoding="utf-8")


def _draw(figure: Figure, path: Path, suffix: str) -> None:
    figure.savefig(path, format=suffix, metadata=FILE_METADATA[suffix], dpi=PRINT_DPI)


class CommaFormatter(Formatter):
    """Another formatter's tick labels, with decimal commas."""

    def __init__(self, formatter: Formatter) -> None:
        self.formatter = formatter

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick."""
        return decimal_comma(self.formatter(x, pos))

    def format_ticks(self, values: list[float]) -> list[str]:
        """Return the labels of all ticks."""
        return [decimal_comma(label) for label in self.formatter.format_ticks(values)]


def _set_decimal_mark(figure: Figure, mark: str) -> None:
    """Print the numbers of a figure with a decimal mark: in its texts and along its axes."""
    if mark == POINT:
        return
    for text in figure.findobj(Text):
        text.set_text(decimal_comma(text.get_text()))
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(CommaFormatter(axis.get_major_formatter()))


def series_style(place: int) -> dict[str, Any]:
    """Return colour, dash and mark of one of many curves.

    No two of the first 28 share both dash and mark, so that they differ without colour too.
    """
    return {
        "color": SERIES_COLOURS[place % len(SERIES_COLOURS)],
        "linestyle": SERIES_LINES[place % len(SERIES_LINES)],
        "marker": SERIES_MARKERS[place // len(SERIES_LINES) % len(SERIES_MARKERS)],
        "markersize": 3,
        "markevery": MARKER_STEP,
    }


def message_panel(axes: Axes, title: str, text: str) -> None:
    """Say in a panel's place why there is nothing to draw."""
    axes.set_axis_off()
    axes.set_title(title, loc="left")
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center")


def message_figure(text: str, width_mm: float = SINGLE_COLUMN_MM, height_mm: float = 40) -> Figure:
    """Return a card that says why there is nothing to draw."""
    figure = new_figure(width_mm, height_mm, layout=None)
    figure.text(0.5, 0.5, text, ha="center", va="center", wrap=True)
    return figure
