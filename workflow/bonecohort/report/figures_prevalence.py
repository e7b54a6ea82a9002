"""Figure 3: endplate defects by level and type, as prevalence and as share of all defects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.report.style import (
    BLACK,
    DEFECT_COLOURS,
    SINGLE_COLUMN_MM,
    message_figure,
    new_figure,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    FloatArray = NDArray[np.floating]

COLUMNS = (
    "level", "defect_type", "n", "n_vertebrae", "percent", "ci_low", "ci_high",
    "share_of_defects_percent",
)  # fmt: skip
BAR_WIDTH = 0.21  # of the distance between two levels
VALUE_ROOM = 1.18


def prevalence_data(prevalence: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Return the rows of ``prevalence.csv`` that are drawn: the study's levels, in its order."""
    drawn = prevalence.loc[
        prevalence["level"].isin(levels) & prevalence["defect_type"].isin(DEFECT_COLOURS),
        list(COLUMNS),
    ]
    order = {level: place for place, level in enumerate(levels)}
    types = {name: place for place, name in enumerate(DEFECT_COLOURS)}
    place = drawn["level"].map(order) * len(types) + drawn["defect_type"].map(types)
    return drawn.loc[place.sort_values(kind="stable").index].reset_index(drop=True)


def figure_of_prevalence(data: pd.DataFrame) -> Figure:
    """Draw prevalence with Wilson 95% CI (A) above the share of all defects (B)."""
    read = data.loc[data["n_vertebrae"] > 0]
    if read.empty:
        return message_figure("No vertebra was read for endplate defects.")
    figure = new_figure(SINGLE_COLUMN_MM, 118)
    prevalence_axes, share_axes = figure.subplots(2, 1)
    levels = list(dict.fromkeys(read["level"]))

    _draw_bars(prevalence_axes, read, levels, "percent", with_interval=True)
    prevalence_axes.set_title("A  Prevalence at each level, 95% CI", loc="left", weight="bold")
    prevalence_axes.set_ylabel("Vertebrae of the level (%)")
    counts = read.drop_duplicates("level").set_index("level")["n_vertebrae"]
    prevalence_axes.set_xticklabels([f"{level}\nn = {int(counts[level])}" for level in levels])

    any_defect = read.loc[read["defect_type"] == "any"].set_index("level")["n"]
    total = int(any_defect.sum())
    _draw_bars(share_axes, read, levels, "share_of_defects_percent", with_interval=False)
    share_axes.set_title(
        f"B  Share of all {total} defect vertebrae", loc="left", weight="bold"
    )  # fmt: skip
    share_axes.set_ylabel("Defect vertebrae (%)")
    share_axes.set_xticklabels([f"{level}\nn = {int(any_defect[level])}" for level in levels])
    figure.legend(
        *prevalence_axes.get_legend_handles_labels(),
        loc="outside lower center", ncols=4, columnspacing=1, handlelength=1,
    )  # fmt: skip
    return figure


def _draw_bars(
    axes: Axes, data: pd.DataFrame, levels: list[str], column: str, *, with_interval: bool
) -> None:
    """Draw one bar a defect type, side by side at each level, with its interval or its value.

    A value above a whisker would be read as the whisker's, so no bar has both.
    """
    for place, (defect_type, colour) in enumerate(DEFECT_COLOURS.items()):
        rows = data.loc[data["defect_type"] == defect_type].set_index("level").reindex(levels)
        heights = rows[column].to_numpy(dtype=float)
        centres = np.arange(len(levels)) + (place - (len(DEFECT_COLOURS) - 1) / 2) * BAR_WIDTH
        label = "any type" if defect_type == "any" else defect_type
        axes.bar(centres, heights, width=BAR_WIDTH * 0.92, color=colour, label=label)
        if with_interval:
            low = rows["ci_low"].to_numpy(dtype=float)
            high = rows["ci_high"].to_numpy(dtype=float)
            # Rounding may leave a bound a hair inside the estimate; no whisker is negative.
            whiskers = np.clip([heights - low, high - heights], 0, None)
            axes.errorbar(
                centres, heights, yerr=whiskers, fmt="none", ecolor=BLACK, elinewidth=0.7, capsize=1
            )
        else:
            _write_values(axes, centres, heights)
    axes.set_xticks(np.arange(len(levels)))
    axes.tick_params(axis="x", length=0)
    axes.margins(x=0.02)
    # Room for the turned values above the tallest bar.
    axes.set_ylim(0, axes.get_ylim()[1] * (1 if with_interval else VALUE_ROOM))
    axes.grid(axis="y")


def _write_values(axes: Axes, centres: FloatArray, heights: FloatArray) -> None:
    """Write each bar's value above it; the paper of the card hides the grid behind it."""
    for centre, height in zip(centres, heights, strict=True):
        if np.isfinite(height):
            axes.annotate(
                f"{height:.1f}", (centre, height), (0, 2.5), textcoords="offset points",
                rotation=90, ha="center", va="bottom", fontsize=7,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )  # fmt: skip
