"""How much the results depend on the HU threshold."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from bonecohort.report.figures.style import (
    BLUE,
    DOUBLE_COLUMN_MM,
    GREY,
    ORANGE,
    VERMILION,
    message_figure,
    message_panel,
    new_figure,
)
from bonecohort.report.printing.format import n_phrase
from bonecohort.report.printing.labels import capitalised

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RULE = "<"
"""Osteoporosis is a total spine HU below the threshold; ``<=`` stays in thresholds.csv."""
DATA_COLUMNS = (
    "threshold", "n", "percent_below", "n_outcome_known", "odds_ratio", "ci_low", "ci_high",
    "reference_standard", "n_reference", "n_diseased",
    "sensitivity", "sensitivity_ci_low", "sensitivity_ci_high",
    "specificity", "specificity_ci_low", "specificity_ci_high",
)  # fmt: skip
SERIES = {"sensitivity": (BLUE, "-", "o"), "specificity": (ORANGE, "--", "s")}
MARK = 3
TITLE_CHARACTERS = 36  # of a line above a panel


def threshold_data(thresholds: pd.DataFrame) -> pd.DataFrame:
    """Return the rows drawn: every threshold, spines below it."""
    drawn = thresholds.loc[(thresholds["rule"] == RULE) & (thresholds["n"] > 0)]
    return drawn[list(DATA_COLUMNS)].sort_values("threshold").reset_index(drop=True)


def figure_of_thresholds(
    data: pd.DataFrame, threshold_hu: float, standard: str, event: str
) -> Figure:
    """Draw odds ratio (A), share below (B), and sensitivity and specificity (C) by threshold.

    ``threshold_hu`` is the study's own, ``event`` the name of the outcome of A, ``standard`` of
    the reference of C.
    """
    if data.empty:
        return message_figure("No participant has a total spine HU.")
    figure = new_figure(DOUBLE_COLUMN_MM, 68)
    ratio_axes, share_axes, accuracy_axes = figure.subplots(1, 3)
    _draw_ratio(ratio_axes, data, event)
    share_axes.plot(data["threshold"], data["percent_below"], "-o", color=BLUE, markersize=MARK)
    share_axes.set_ylim(0, 100)
    share_axes.set_ylabel("Participants below (%)")
    share_axes.set_title(f"B  Called osteoporotic\n{n_phrase(data['n'].iloc[0])}", loc="left")
    _draw_accuracy(accuracy_axes, data, standard)
    for axes in (panel for panel in figure.axes if panel.axison):
        axes.axvline(threshold_hu, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
        axes.set_xlabel("Threshold of total spine HU")
        axes.grid(visible=True)
    return figure


def _draw_ratio(axes: Axes, data: pd.DataFrame, event: str) -> None:
    title = textwrap.fill(f"A  {capitalised(event)}, below v. above", TITLE_CHARACTERS)
    known = data.dropna(subset=["odds_ratio"])
    known = known.loc[np.isfinite(known["odds_ratio"]) & (known["odds_ratio"] > 0)]
    if known.empty:
        message_panel(axes, title, "No odds ratio: a cell of\nevery table is empty.")
        return
    ratio = known["odds_ratio"].to_numpy(dtype=float)
    ends = known[["ci_low", "ci_high"]].to_numpy(dtype=float).T
    axes.errorbar(
        known["threshold"], ratio, yerr=np.clip([ratio - ends[0], ends[1] - ratio], 0, None),
        fmt="o", color=VERMILION, markersize=MARK, elinewidth=0.7, capsize=1.5,
    )  # fmt: skip
    axes.axhline(1, color=GREY, linewidth=0.7, linestyle="--", zorder=0)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("Odds ratio (log scale)")
    axes.set_title(f"{title}\n{n_phrase(known['n_outcome_known'].iloc[0])}, 95% CI", loc="left")


def _draw_accuracy(axes: Axes, data: pd.DataFrame, standard: str) -> None:
    known = data.dropna(subset=list(SERIES), how="all")
    if known.empty:
        message_panel(
            axes, "C  Accuracy", "HU could not be judged\nagainst the reference standard."
        )
        return
    for name, (colour, line, marker) in SERIES.items():
        axes.fill_between(
            known["threshold"], 100 * known[f"{name}_ci_low"], 100 * known[f"{name}_ci_high"],
            color=colour, alpha=0.18, linewidth=0,
        )  # fmt: skip
        axes.plot(known["threshold"], 100 * known[name], color=colour, linestyle=line,
                  marker=marker, markersize=MARK, label=name)  # fmt: skip
    axes.set_ylim(0, 103)
    axes.set_ylabel("Sensitivity, specificity (%)")
    first = known.iloc[0]
    axes.set_title(
        f"C  Against {standard}\n{n_phrase(first['n_reference'])}, "
        f"{int(first['n_diseased'])} diseased, 95% CI",
        loc="left",
    )
    axes.legend(loc="best")
