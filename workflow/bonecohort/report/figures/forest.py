"""Forest plot of the logistic models: Wald, profile likelihood and Firth's limits side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bonecohort.report.figures.style import (
    BLUE,
    DOUBLE_COLUMN_MM,
    GREEN,
    GREY,
    VERMILION,
    message_figure,
    new_figure,
)
from bonecohort.report.printing import labels
from bonecohort.report.printing.format import n_and_events, ratio_interval
from bonecohort.report.printing.terms import CATEGORY_TERM, MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.report.printing.printer import Printer

METHODS = {
    "wald": ("maximum likelihood, Wald (conventional)", "s", BLUE),
    "maximum_likelihood": ("maximum likelihood, profile", "o", VERMILION),
    "firth": ("Firth’s penalty, profile", "D", GREEN),
}
COLUMNS = (
    "model", "term", "label", "units", "method", "shown", "odds_ratio", "ci_low", "ci_high", "n",
    "events",
)  # fmt: skip
RATIOS = ["odds_ratio", "ci_low", "ci_high"]
FARTHEST = 20.0
"""An odds ratio's limit beyond this, or below 1 / this, is drawn as an arrow."""
LEAST_REACH = 2.0
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
WIDE_TICKS = (0.05, 0.2, 1, 5, 20)  # of an axis too long for all
ROW_MM, FRAME_MM = 8.5, 27
ARROW = 4.0
NUMBER_GAP = 2 * ARROW  # in points as the arrow, whose half stands beyond the axis
STEP = 0.25  # between the marks of a term, of the distance between two terms


def forest_data(
    published: pd.DataFrame, recommended: pd.DataFrame, printer: Printer
) -> pd.DataFrame:
    """Return one row a term and method, odds ratios per ``units`` of a continuous term.

    The units are the most of those in Table 3, such as 10 years.
    """
    wald = published.assign(method="wald", shown="no")
    result = pd.concat([wald, recommended[recommended["method"].isin(METHODS)]], ignore_index=True)
    result = result.dropna(subset=["odds_ratio"])
    names = result["term"].str.replace(CATEGORY_TERM, r"\g<variable>", regex=True)
    units = np.array([printer.ratio_units(name) for name in names], dtype=float)
    raised = {name: result[name].to_numpy(dtype=float) ** units for name in RATIOS}
    named = [
        _label(str(term), str(reference), float(unit), printer)
        for term, reference, unit in zip(
            result["term"], result["reference"].fillna(""), units, strict=True
        )
    ]
    return result.assign(**raised, units=units, label=named)[list(COLUMNS)].reset_index(drop=True)


def _label(term: str, reference: str, units: float, printer: Printer) -> str:
    category = CATEGORY_TERM.match(term)
    if category:
        against = f" v. {reference}" if reference else ""
        return f"{printer.label(category['variable'])}: {category['category']}{against}"
    unit = printer.unit(term)
    if units == 1 and not unit:
        return f"{printer.label(term)}, per unit"
    return f"{printer.label(term)}, per {units:g} {unit}".rstrip()


def figure_of_forest(data: pd.DataFrame, of_event: str) -> Figure:
    """Draw a panel a model, a row a term, a mark a method; the numbers are of the one shown.

    ``of_event`` follows the number of events: ``with osteoporosis``.
    """
    if data.empty:
        return message_figure("No logistic model could be fitted.")
    row_labels = data.drop_duplicates("term").set_index("term")["label"]
    figure = new_figure(DOUBLE_COLUMN_MM, FRAME_MM + ROW_MM * len(row_labels))
    panels = figure.subplots(1, len(MODELS), sharey=True)
    reach = axis_reach(data)
    for letter, axes, model in zip("AB", panels, MODELS, strict=True):
        of_model = data.loc[data["model"] == model]
        size = (
            "not fitted"
            if of_model.empty
            else n_and_events(of_model["n"].tolist(), of_model["events"].tolist(), of_event)
        )
        axes.set_title(f"{letter}  {labels.capitalised(model)}\n{size}", loc="left")
        for place, term in enumerate(row_labels.index):
            _draw_term(axes, of_model.loc[of_model["term"] == term], place, reach)
        _dress(axes, reach)
    panels[0].set_yticks(range(len(row_labels)), row_labels)
    panels[0].set_ylim(len(row_labels) - 0.4, -0.6)
    handles = [
        Line2D([], [], color=colour, marker=marker, markersize=3.5, linewidth=0.9, label=label)
        for name, (label, marker, colour) in METHODS.items()
        if (data["method"] == name).any()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    return figure


def axis_reach(data: pd.DataFrame) -> float:
    """Return the odds ratio at the axis' right end; the left end is its inverse."""
    ratios = data[RATIOS].to_numpy(dtype=float)
    with np.errstate(divide="ignore"):
        distances = np.abs(np.log(ratios))
    largest = float(np.max(distances[np.isfinite(distances)], initial=0.0))
    if not np.isfinite(ratios).all() or (ratios == 0).any():
        largest = np.log(FARTHEST)
    return float(np.clip(1.1 * np.exp(min(largest, np.log(FARTHEST))), LEAST_REACH, FARTHEST))


def _draw_term(axes: Axes, rows: pd.DataFrame, place: int, reach: float) -> None:
    for row in rows.to_dict("records"):
        order = list(METHODS).index(row["method"]) - (len(METHODS) - 1) / 2
        _draw_interval(axes, row, place + order * STEP, reach)
    for row in rows.loc[rows["shown"] == "yes"].to_dict("records"):
        axes.annotate(
            ratio_interval(row["odds_ratio"], row["ci_low"], row["ci_high"]), (1.0, place),
            (NUMBER_GAP, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            fontsize=7,
        )  # fmt: skip


def _draw_interval(axes: Axes, row: Mapping[Any, Any], height: float, reach: float) -> None:
    _, marker, colour = METHODS[row["method"]]
    estimate, low, high = (float(row[name]) for name in RATIOS)
    if 1 / reach <= estimate <= reach:
        axes.plot(estimate, height, marker, color=colour, markersize=3.5, zorder=3)
    if np.isnan([low, high]).any():
        return
    ends = np.clip([low, high], 1 / reach, reach)
    axes.plot(ends, [height, height], color=colour, linewidth=0.9, solid_capstyle="butt")
    for end, beyond, arrow in ((1 / reach, low < 1 / reach, "<"), (reach, high > reach, ">")):
        if beyond:
            axes.plot(end, height, arrow, color=colour, markersize=ARROW, clip_on=False, zorder=4)


def _dress(axes: Axes, reach: float) -> None:
    ticks = TICKS if reach <= WIDE_TICKS[-2] else WIDE_TICKS
    axes.axvline(1, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
    axes.set_xscale("log")
    axes.set_xlim(1 / reach, reach)
    axes.xaxis.set_major_locator(
        FixedLocator([tick for tick in ticks if 1 / reach <= tick <= reach])
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel("Odds ratio, 95% CI (log scale)")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
