"""Calibration of the logistic models: observed against predicted risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.report.figures.roc import MODEL_COLUMNS
from bonecohort.report.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN_MM,
    GREY,
    VERMILION,
    message_figure,
    new_figure,
)
from bonecohort.report.printing.format import n_phrase, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.report.printing.printer import Printer

GROUPS, SMOOTH = "groups", "lowess"
DATA_COLUMNS = (
    "model", "variables", "label", "curve", "point", "n", "events", "predicted", "observed",
    "ci_low", "ci_high",
)  # fmt: skip
PANELS_IN_A_ROW = 4
PANEL_MM = 58


def calibration_data(calibration: pd.DataFrame, printer: Printer) -> pd.DataFrame:
    """Return the groups and curves drawn: the models with a curve, the multivariable one first.

    A model of one yes/no variable predicts two risks, which are the observed ones. It has no curve
    and is left out.
    """
    keys = calibration[list(MODEL_COLUMNS)].apply(tuple, axis=1)
    smooth = set(keys[calibration["curve"] == SMOOTH])
    drawn = calibration.loc[[key in smooth for key in keys]]
    names = [
        "Multivariable" if model == "multivariable" else printer.label(variables)
        for model, variables in zip(drawn["model"], drawn["variables"], strict=True)
    ]
    first = drawn["model"] != "multivariable"
    result = drawn.assign(label=names).loc[first.sort_values(kind="stable").index]
    return result[list(DATA_COLUMNS)].reset_index(drop=True)


def figure_of_calibration(data: pd.DataFrame, performance: pd.DataFrame) -> Figure:
    """Draw a panel a model: groups with Wilson's interval, the smooth curve, the diagonal."""
    if data.empty:
        return message_figure("No calibration curve:\nthe models predict too few different risks.")
    models = list(data.groupby(list(MODEL_COLUMNS), sort=False))
    rows = -(-len(models) // PANELS_IN_A_ROW)
    figure = new_figure(DOUBLE_COLUMN_MM, 8 + PANEL_MM * rows)
    grid = figure.subplots(rows, PANELS_IN_A_ROW, squeeze=False).ravel()
    for axes, ((model, variables), drawn) in zip(grid, models, strict=False):
        own = (performance["model"] == model) & (performance["variables"] == variables)
        _draw_panel(axes, drawn, performance.loc[own].iloc[0])
    for axes in grid[len(models) :]:
        axes.set_axis_off()
    handles, names = grid[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(handles))
    return figure


def _draw_panel(axes: Axes, drawn: pd.DataFrame, performance: pd.Series) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, linestyle="--", label="perfect")
    smooth = drawn.loc[drawn["curve"] == SMOOTH]
    axes.plot(smooth["predicted"], smooth["observed"], color=VERMILION, label="smooth (lowess)")
    groups = drawn.loc[drawn["curve"] == GROUPS]
    observed = groups["observed"].to_numpy(dtype=float)
    ends = groups[["ci_low", "ci_high"]].to_numpy(dtype=float).T
    axes.errorbar(
        groups["predicted"], observed,
        yerr=np.clip([observed - ends[0], ends[1] - observed], 0, None),
        fmt="o", color=BLUE, markersize=3, ecolor=BLACK, elinewidth=0.6, capsize=1,
        label="tenths of predicted risk, 95% CI",
    )  # fmt: skip
    axes.set_box_aspect(1)
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.set_title(
        f"{drawn['label'].iloc[0]}\n{n_phrase(performance['n'])}, "
        f"{int(performance['events'])} events\nBrier score {number(performance['brier'], 3)}",
        loc="left", fontsize=7,
    )  # fmt: skip
    axes.set_xlabel("Predicted risk")
    axes.set_ylabel("Observed share")
    axes.grid(visible=True)
