"""ROC curves of models and of predictors, with their areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bonecohort.report.figures.style import BLACK, GREY, series_style
from bonecohort.report.printing.estimates import interval
from bonecohort.report.printing.format import number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from bonecohort.report.records import Record

MODEL_COLUMNS = ("model", "variables")
AUC = ("auc", "ci_low", "ci_high")
SIGNS = {"below": "<", "above": ">"}
"""On which side of its cut a predictor speaks for the event."""
DRAWN_POINTS = 400
"""A longer curve is drawn by about so many points, within 1 / 200 of each other."""


def thinned(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the first point of every small step along a curve of many points, and the last."""
    if len(curve) <= DRAWN_POINTS:
        return curve
    along = (curve["sensitivity"] + 1 - curve["specificity"]).to_numpy(dtype=float)
    step = np.floor(along * DRAWN_POINTS / 2)
    kept = np.r_[True, np.diff(step) != 0]
    kept[-1] = True
    return curve.loc[kept]


def draw_curves(axes: Axes, points: pd.DataFrame, areas: pd.DataFrame) -> None:
    """Draw the curves of models or predictors, each with its area in the legend.

    Parameters
    ----------
    axes
        Where they are drawn.
    points
        Their points: ``model, variables, sensitivity, specificity``.
    areas
        A row a curve: ``model, variables, label, auc, ci_low, ci_high``, and of a predictor
        Youden's point: ``youden_cut, direction, unit, decimals, sensitivity, specificity``.
    """
    draw_chance(axes)
    by_curve = dict(list(points.groupby(list(MODEL_COLUMNS), sort=False)))
    # The curve of most interest, which is the first or the multivariable one, is black and wide.
    rows = areas.to_dict("records")
    main = next((row for row in rows if row["model"] == "multivariable"), rows[0])
    others = [row for row in rows if row is not main]
    lines = [
        _draw_curve(axes, by_curve, row, linewidth=0.9, **series_style(place))
        for place, row in enumerate(others, start=1)
    ]
    lines.insert(0, _draw_curve(axes, by_curve, main, linewidth=1.7, color=BLACK, linestyle="-"))
    axes.set_aspect("equal", anchor="N")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("Sensitivity")
    axes.grid(visible=True)
    axes.legend(  # named one by one, for matplotlib leaves out what begins with "_"
        lines, [str(line.get_label()) for line in lines], loc="upper center",
        bbox_to_anchor=(0.5, -0.16), title="Area under the curve (95% CI)", title_fontsize=7,
        alignment="left", labelspacing=0.25,
    )  # fmt: skip


def draw_chance(axes: Axes) -> None:
    """Draw the diagonal of a predictor without information; no curve is so thin."""
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.4, zorder=0)


def _draw_curve(
    axes: Axes,
    by_curve: dict[Any, pd.DataFrame],
    row: dict[Any, Any],
    **style: Any,
) -> Line2D:
    curve = by_curve[(row["model"], row["variables"])]
    label = f"{row['label']}: {interval(row, 2, AUC)}"
    if np.isfinite(row["youden_cut"]):
        axes.plot(
            1 - row["specificity"], row["sensitivity"], "o", color=style["color"], markersize=4,
            markeredgecolor="white", markeredgewidth=0.6, zorder=5,
        )  # fmt: skip
        label += f"; Youden {cut_text(row, int(row['decimals']))}"
    return axes.plot(1 - curve["specificity"], curve["sensitivity"], label=label, **style)[0]


def cut_text(row: Record, decimals: int) -> str:
    """Print a predictor's cut with its side and unit: ``<110.0 HU``."""
    unit = row["unit"] if isinstance(row["unit"], str) else ""
    space = "" if unit in ("", "%") else " "
    return f"{SIGNS[row['direction']]}{number(row['youden_cut'], decimals)}{space}{unit}"
