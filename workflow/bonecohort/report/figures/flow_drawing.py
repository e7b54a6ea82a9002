"""The flow diagram drawn: as SVG of the page, with links, and as a figure for print."""

from __future__ import annotations

import io
import itertools
from html import escape
from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from bonecohort.report.figures.flow_diagram import LINE_HEIGHT, PADDING, WIDTH
from bonecohort.report.figures.fonts import readable
from bonecohort.report.figures.style import (
    DOUBLE_COLUMN_MM,
    FILE_METADATA,
    PRINT_DPI,
    journal_style,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.report.figures.flow_diagram import Arrow, Box, Flow

FIRST_LINE = PADDING + 10
"""From the upper edge of a box to the baseline of its first line."""
TEXT_POINTS = 8.0
"""In print: no line leaves its box in the wide letters of the figures' font."""
LINE_POINTS = 0.8


def flow_svg(flow: Flow) -> str:
    """Return the diagram as inline SVG; boxes with an address are links."""
    body = "".join([*map(_path, flow.arrows), *map(_group, flow.boxes)])
    return (
        f'<svg class="flow" viewBox="0 0 {WIDTH} {flow.height:g}" role="group" '
        'aria-label="Flow diagram of participants and vertebrae">'
        '<defs><marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>'
        f"{body}</svg>"
    )


def _group(box: Box) -> str:
    rect = (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="2"/>'
    )
    texts = "".join(
        f'<text x="{box.x + PADDING:g}" y="{box.y + FIRST_LINE + i * LINE_HEIGHT:g}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(box.lines)
    )
    drawn = rect + texts
    return f'<a href="{box.href}">{drawn}</a>' if box.href else f"<g>{drawn}</g>"


def _path(arrow: Arrow) -> str:
    (x, y), *_ = arrow.points
    pieces = "".join(
        f"H{x_to:g}" if y_to == y_from else f"V{y_to:g}"
        for (_, y_from), (x_to, y_to) in itertools.pairwise(arrow.points)
    )
    head = ' marker-end="url(#flow-arrow)"' if arrow.has_head else ""
    return f'<path class="arrow" d="M{x:g} {y:g}{pieces}"{head}/>'


def flow_png(flow: Flow) -> bytes:
    """Return the diagram as the bytes of a PNG, two columns of print wide."""
    written = io.BytesIO()
    with journal_style():
        figure = flow_figure(flow)
        with readable(figure):
            figure.savefig(written, format="png", metadata=FILE_METADATA["png"], dpi=PRINT_DPI)
    return written.getvalue()


def flow_figure(flow: Flow) -> Figure:
    """Return the diagram as a figure two columns of print wide, drawn in the style around it."""
    figure = new_figure(DOUBLE_COLUMN_MM, DOUBLE_COLUMN_MM * flow.height / WIDTH, layout=None)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, WIDTH), ylim=(flow.height, 0))
    for arrow in flow.arrows:
        _draw_arrow(axes, arrow)
    for box in flow.boxes:
        _draw_box(axes, box)
    return figure


def _draw_arrow(axes: Axes, arrow: Arrow) -> None:
    *before, start, end = arrow.points
    axes.plot(*zip(*before, start, end, strict=True), color="black", linewidth=LINE_POINTS)
    if arrow.has_head:
        head = {"arrowstyle": "-|>", "color": "black", "linewidth": LINE_POINTS,
                "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}  # fmt: skip
        axes.annotate("", end, start, arrowprops=head)


def _draw_box(axes: Axes, box: Box) -> None:
    axes.add_patch(
        Rectangle(
            (box.x, box.y), box.width, box.height,
            facecolor="white", edgecolor="black", linewidth=LINE_POINTS, zorder=3,
        )
    )  # fmt: skip
    for at, line in enumerate(box.lines):
        axes.text(
            box.x + PADDING, box.y + FIRST_LINE + at * LINE_HEIGHT, line,
            fontsize=TEXT_POINTS, zorder=4,
        )  # fmt: skip
