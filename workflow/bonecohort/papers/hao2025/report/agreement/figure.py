"""Bland–Altman plots of the main measures, a panel a measure and pair of readers."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.cohort.frames import read_table, write_table
from bonecohort.papers.hao2025.report.agreement.results import measure_words, pair_text
from bonecohort.papers.hao2025.statistics.readings import measured_by_readers
from bonecohort.report.figures.style import (
    BLUE,
    DOUBLE_COLUMN_MM,
    GREY,
    VERMILION,
    journal_style,
    new_figure,
    save_figure,
)
from bonecohort.report.printing.format import n_phrase, number
from bonecohort.statistics.agreement.readings import paired_readers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.study.settings import Settings

NAME = "agreement"
DRAWN = (
    "hu", "total_spine_hu", "width_mm", "depth_mm", "body_width_mm", "body_height_mm",
)  # fmt: skip
PAIRS_DRAWN = 3
"""More pairs of readers than this stand in the tables alone."""
LINES = {"mean_difference": "-", "limit_low": "--", "limit_high": "--"}
PANEL = ["measure", "reader_1", "reader_2"]
POINT_COLUMNS = (*PANEL, "participant_id", "level", "mean", "difference")
LINE_COLUMNS = ("measure", "readers", "statistic", "n", "estimate", "ci_low", "ci_high")
COLUMNS = 3
ROW_MM = 56


def draw_agreement(tables: Path, statistics: Path, out: Path, settings: Settings) -> None:
    """Write ``agreement`` as PNG, SVG and PDF with its data, where readers can be compared."""
    points = agreement_points(read_table(tables / "measurements.csv"), settings)
    if points.empty:
        return
    lines = agreement_lines(read_table(statistics / "agreement.csv", ("readers",)))
    with journal_style():
        figure = figure_of_agreement(points, lines)
        save_figure(figure, out, NAME, settings.report.decimal_mark)
    write_table(out / f"{NAME}.csv", points)
    write_table(out / f"{NAME}_lines.csv", lines)


def agreement_points(measurements: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return one row a subject and pair of readers: their mean, and the first minus the second.

    Sizes of defects are of the vertebrae in which both found one.
    """
    frames = [pd.DataFrame(columns=list(POINT_COLUMNS))]
    for measured in measured_by_readers(measurements, settings):
        if measured.measure not in DRAWN or measured.among == "defect_by_any":
            continue
        for first, second in list(combinations(paired_readers(measured.values), 2))[:PAIRS_DRAWN]:
            common = measured.read_by((first, second))
            values = {"mean": common.mean(axis=1), "difference": common[first] - common[second]}
            labels = {"measure": measured.measure, "reader_1": first, "reader_2": second}
            of_pair = pd.DataFrame(values).assign(**labels).reset_index()
            frames.append(of_pair.reindex(columns=list(POINT_COLUMNS)))
    drawn = [frame for frame in frames if not frame.empty] or frames
    points = pd.concat(drawn, ignore_index=True)
    rank = {name: place for place, name in enumerate(DRAWN)}
    return points.sort_values("measure", key=lambda names: names.map(rank), kind="stable")


def agreement_lines(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return the mean differences and limits of agreement that the statistics hold."""
    drawn = agreement["statistic"].isin(LINES) & agreement["measure"].isin(DRAWN)
    return agreement.loc[drawn & (agreement["among"] != "defect_by_any"), list(LINE_COLUMNS)]


def figure_of_agreement(points: pd.DataFrame, lines: pd.DataFrame) -> Figure:
    """Draw differences over means, with the mean difference, the limits and their intervals."""
    panels = list(points.groupby(PANEL, sort=False))
    columns = min(len(panels), COLUMNS)
    rows = -(-len(panels) // columns)
    figure = new_figure(DOUBLE_COLUMN_MM * columns / COLUMNS, ROW_MM * rows)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, ((measure, first, second), of_panel) in zip(grid, panels, strict=False):
        own = lines[(lines["measure"] == measure) & (lines["readers"] == f"{first}, {second}")]
        _draw_panel(axes, of_panel, own.to_dict("records"), str(measure), (str(first), str(second)))
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    return figure


def _draw_panel(
    axes: Axes,
    points: pd.DataFrame,
    lines: Sequence[Mapping[Any, Any]],
    measure: str,
    pair: tuple[str, str],
) -> None:
    label, unit, places = measure_words(measure)
    difference = points["difference"].to_numpy(dtype=float)
    axes.scatter(points["mean"], difference, s=9, color=BLUE, alpha=0.6, linewidths=0, zorder=3)
    axes.axhline(0, color=GREY, linewidth=0.6, zorder=1)
    reach = [float(np.abs(difference).max())]
    for line in lines:
        axes.axhspan(line["ci_low"], line["ci_high"], color=VERMILION, alpha=0.12, linewidth=0)
        axes.axhline(
            line["estimate"], color=VERMILION, linestyle=LINES[line["statistic"]],
            linewidth=1.0 if line["statistic"] == "mean_difference" else 0.8, zorder=2,
        )  # fmt: skip
        axes.annotate(
            number(line["estimate"], places), (1.0, line["estimate"]), (2, 0),
            xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            fontsize=6.5, color=VERMILION,
        )  # fmt: skip
        reach += [abs(line[name]) for name in ("estimate", "ci_low", "ci_high")]
    span = 1.1 * float(np.nanmax(reach)) or 1.0
    axes.set_ylim(-span, span)
    axes.set_title(f"{label} ({n_phrase(len(points))})", loc="left", weight="bold")
    axes.set_xlabel(f"Mean of the two ({unit})")
    axes.set_ylabel(f"{pair_text(*pair)} ({unit})")
    axes.grid(visible=True)
