"""The ROC curves of several predictors, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.report.figures.roc import AUC, cut_text, draw_chance, thinned
from bonecohort.report.figures.style import (
    SINGLE_COLUMN_MM,
    message_figure,
    new_figure,
    series_style,
)
from bonecohort.report.printing.estimates import interval
from bonecohort.report.printing.format import n_and_events
from bonecohort.report.records import Record, records

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Roc

TITLE_MM, LEGEND_LINE_MM = 12.0, 8.0


def figure(_asked: Roc, frames: Mapping[str, pd.DataFrame], printer: Printer) -> Figure:
    """Draw each predictor's curve; the legend has its area and Youden's cut in its unit.

    Curves differ by colour, dash and mark.
    """
    rows = [row for row in records(frames[""]) if np.isfinite(row["auc"])]
    if not rows:
        return message_figure("No ROC curve: nobody has both a predictor and the outcome.")
    drawn = new_figure(SINGLE_COLUMN_MM, SINGLE_COLUMN_MM + TITLE_MM + LEGEND_LINE_MM * len(rows))
    axes = drawn.subplots()
    draw_chance(axes)
    curves = frames["curves"]
    size = n_and_events([row["n"] for row in rows], [row["events"] for row in rows], "events")
    axes.set_title(size, loc="left")
    lines = []
    for place, row in enumerate(rows):
        curve = thinned(curves[curves["predictor"] == row["predictor"]])
        style = series_style(place)
        lines += axes.plot(1 - curve["specificity"], curve["sensitivity"], **style)
        axes.plot(
            1 - row["specificity"], row["sensitivity"], "o", color=style["color"], markersize=4,
            markeredgecolor="white", markeredgewidth=0.6, zorder=5,
        )  # fmt: skip
    axes.set_aspect("equal", anchor="N")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("Sensitivity")
    axes.grid(visible=True)
    axes.legend(
        lines, [legend_text(row, printer) for row in rows], loc="upper center",
        bbox_to_anchor=(0.5, -0.16), title="Area under the curve (95% CI)", title_fontsize=7,
        alignment="left", labelspacing=0.25,
    )  # fmt: skip
    return drawn


def legend_text(row: Record, printer: Printer) -> str:
    """Print a predictor's area with its limits, and its cut with its own unit."""
    name = row["predictor"]
    text = f"{printer.label(name)}: {interval(row, 2, AUC)}"
    if not np.isfinite(row["youden_cut"]):
        return text
    with_unit = {**row, "unit": printer.unit(name)}
    return f"{text};\nYouden {cut_text(with_unit, printer.decimals(name))}"
