"""Odds ratio along age and HU: restricted cubic splines with their 95% band."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bonecohort.report.figures.forest import TICKS
from bonecohort.report.figures.roc import MODEL_COLUMNS
from bonecohort.report.figures.style import (
    BLUE,
    DOUBLE_COLUMN_MM,
    GREY,
    VERMILION,
    message_figure,
    new_figure,
)
from bonecohort.report.printing.format import n_phrase, number, p_phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.report.printing.printer import Printer

TEST = "restricted_cubic_spline"
DATA_COLUMNS = (
    "model", "variables", "term", "value", "reference_value", "odds_ratio", "ci_low", "ci_high",
)  # fmt: skip
STYLES: Mapping[str, tuple[str, Literal["-", "--"]]] = {
    "univariate": (BLUE, "--"),
    "multivariable": (VERMILION, "-"),
}
PANELS_IN_A_ROW = 2
FARTHEST = 100.0
LABELLED = (0.01, *TICKS, 50, 100)


def spline_data(curves: pd.DataFrame, linearity: pd.DataFrame) -> pd.DataFrame:
    """Return the curves with their models' n, events and the p of the test of linearity."""
    tests = linearity.loc[linearity["test"] == TEST]
    keys = [*MODEL_COLUMNS, "term"]
    sizes = tests[[*keys, "n", "events", "lr_p_value"]]
    return curves[list(DATA_COLUMNS)].merge(sizes, on=keys, how="left", validate="many_to_one")


def figure_of_splines(data: pd.DataFrame, printer: Printer) -> Figure:
    """Draw a panel a variable; the odds ratio is against the median of the variable."""
    if data.empty:
        return message_figure("No spline could be fitted.")
    terms = list(data.groupby("term", sort=False))
    columns = min(len(terms), PANELS_IN_A_ROW)
    rows = -(-len(terms) // columns)
    figure = new_figure(DOUBLE_COLUMN_MM * columns / PANELS_IN_A_ROW, 10 + 72 * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for letter, axes, (term, drawn) in zip("ABCDEFGH", grid, terms, strict=False):
        title = [f"{letter}  {printer.label(str(term))}"]
        for model, curve in drawn.groupby("model", sort=False):
            _draw_curve(axes, str(model), curve)
            title.append(_size_and_test(str(model), curve.iloc[0]))
        _dress(axes, drawn, printer.decimals(str(term)))
        axes.set_xlabel(printer.label_with_unit(str(term)))
        axes.set_title("\n".join(title), loc="left", fontsize=7)
    for axes in grid[len(terms) :]:
        axes.set_axis_off()
    handles = [
        Line2D([], [], color=colour, linestyle=line, label=f"{model}, 95% band")
        for model, (colour, line) in STYLES.items()
        if (data["model"] == model).any()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def _size_and_test(model: str, row: pd.Series) -> str:
    return (
        f"{model}: {n_phrase(row['n'])}, {int(row['events'])} events, "
        f"non-linearity {p_phrase(row['lr_p_value'])}"
    )


def _draw_curve(axes: Axes, model: str, curve: pd.DataFrame) -> None:
    colour, line = STYLES[model]
    axes.fill_between(
        curve["value"], curve["ci_low"], curve["ci_high"], color=colour, alpha=0.15, linewidth=0
    )
    axes.plot(curve["value"], curve["odds_ratio"], color=colour, linestyle=line)


def _dress(axes: Axes, drawn: pd.DataFrame, decimals: int) -> None:
    reference = float(drawn["reference_value"].iloc[0])
    axes.axhline(1, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
    axes.axvline(reference, color=GREY, linewidth=0.6, linestyle=":", zorder=0)
    axes.set_yscale("log")
    ratios = drawn[["odds_ratio", "ci_low", "ci_high"]].to_numpy(dtype=float)
    ratios = ratios[np.isfinite(ratios) & (ratios > 0)]
    low = max(float(ratios.min(initial=1 / 2)) / 1.1, 1 / FARTHEST)
    high = min(float(ratios.max(initial=2)) * 1.1, FARTHEST)
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator([t for t in LABELLED if low <= t <= high]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylabel(f"Odds ratio against {number(reference, decimals)} (log scale)")
    axes.grid(visible=True)
