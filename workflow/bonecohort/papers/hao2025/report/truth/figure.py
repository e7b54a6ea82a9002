"""Measured against true values, for phantom and demo studies whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.papers.hao2025.report.truth.pairs import OF_VERTEBRAE
from bonecohort.report.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN_MM,
    GREY,
    VERMILION,
    message_figure,
    new_figure,
)
from bonecohort.report.printing.format import limits, number
from bonecohort.techniques.declare import Measure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIMITS_OF_AGREEMENT = 1.96  # standard deviations: 95% of normal differences


MEASURES = {
    "hu": Measure("hu", "Vertebra HU", "HU"),
    "width_mm": OF_VERTEBRAE["width_mm"],
    "depth_mm": OF_VERTEBRAE["depth_mm"],
}
"""An axis calls the HU as the other figures do."""


def figure_of_truth(pairs: pd.DataFrame) -> Figure:
    """Draw, per measure, measured against true (above) and the differences (below).

    Differences stand over the true value, not over the mean of both as between two readers:
    the truth has no error of its own.
    """
    present = [name for name in MEASURES if (pairs["measure"] == name).any()]
    if not present:
        return message_figure("The truth table holds none of hu, width_mm, depth_mm.")
    figure = new_figure(DOUBLE_COLUMN_MM * max(len(present), 2) / len(MEASURES), 118)
    panels = figure.subplots(2, len(present), squeeze=False)
    for column, name in enumerate(present):
        of_measure = pairs.loc[pairs["measure"] == name]
        drawn = of_measure.dropna(subset=["measured"])
        missing = len(of_measure) - len(drawn)
        _draw_identity(panels[0, column], drawn, MEASURES[name], missing)
        _draw_differences(panels[1, column], drawn, MEASURES[name])
        panels[1, column].set_xlim(panels[0, column].get_xlim())
    return figure


def _draw_identity(axes: Axes, drawn: pd.DataFrame, measure: Measure, missing: int) -> None:
    count = f"n = {len(drawn)}" + (f", {missing} not measured" if missing else "")
    axes.set_title(f"{measure.label}\n{count}", loc="left", weight="bold")
    axes.scatter(drawn["true"], drawn["measured"], s=9, color=BLUE, alpha=0.6, linewidths=0)
    axes.axline((0, 0), slope=1, color=BLACK, linewidth=0.7, linestyle="--", label="identity")
    if not drawn.empty:
        values = drawn[["true", "measured"]].to_numpy(dtype=float)
        low, high = float(values.min()), float(values.max())
        margin = 0.05 * (high - low) or 1.0
        axes.set_xlim(low - margin, high + margin)
        axes.set_ylim(low - margin, high + margin)
    axes.set_aspect("equal")
    axes.set_xlabel(f"True ({measure.unit})")
    axes.set_ylabel(f"Measured ({measure.unit})")
    axes.legend(loc="lower right")
    axes.grid(visible=True)


def _draw_differences(axes: Axes, drawn: pd.DataFrame, measure: Measure) -> None:
    difference = drawn["difference"].to_numpy(dtype=float)
    axes.scatter(drawn["true"], difference, s=9, color=BLUE, alpha=0.6, linewidths=0)
    axes.axhline(0, color=GREY, linewidth=0.6)
    axes.set_box_aspect(0.85)
    axes.set_xlabel(f"True ({measure.unit})")
    axes.set_ylabel(f"Measured − true ({measure.unit})")
    axes.grid(visible=True)
    if len(difference) < 2:
        axes.set_title("too few for limits", loc="left")
        return
    bias, sd = float(difference.mean()), float(difference.std(ddof=1))
    low, high = bias - LIMITS_OF_AGREEMENT * sd, bias + LIMITS_OF_AGREEMENT * sd
    axes.axhline(bias, color=VERMILION)
    for limit in (low, high):
        axes.axhline(limit, color=VERMILION, linewidth=0.8, linestyle="--")
    reach = 1.35 * max(float(np.abs(difference).max()), abs(low), abs(high))
    axes.set_ylim(-(reach or 1.0), reach or 1.0)
    text = (
        f"mean difference {number(bias, 2)} {measure.unit}\n"
        f"95% limits of agreement\n{limits(number(low, 2), number(high, 2))} {measure.unit}"
    )
    axes.set_title(text, loc="left", fontsize=7.5)
