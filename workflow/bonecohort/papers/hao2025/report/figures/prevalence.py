"""Figure 3: endplate defects by level and type, as prevalence and as share of all defects.

The share is what Hao et al. printed; the prevalence, with its intervals, is what compares levels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.report.figures.style import (
    BLACK,
    DEFECT_COLOURS,
    DEFECT_HATCHES,
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
OVERALL_COLUMNS = (
    "variable", "group", "method", "n", "n_vertebrae", "n_participants", "percent",
    "ci_low", "ci_high",
)  # fmt: skip
OVERALL_GAP, OVERALL_STEP = 0.1, 0.78  # of the distance between two levels
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


def overall_data(clustered: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``clustered_prevalence.csv`` that are drawn: levels pooled, as shown."""
    pooled = clustered["variable"].isin(("lumbar_region", "all")) & (clustered["shown"] == "yes")
    with_vertebrae = clustered["n_vertebrae"] > 0
    return clustered.loc[pooled & with_vertebrae, list(OVERALL_COLUMNS)].reset_index(drop=True)


def figure_of_prevalence(data: pd.DataFrame, overall: pd.DataFrame) -> Figure:
    """Draw prevalence with its 95% CI, by level and pooled (A), above the share of defects (B).

    The interval of a level is Wilson's, that of several levels robust to the clustering of
    vertebrae in participants.
    """
    read = data.loc[data["n_vertebrae"] > 0]
    if read.empty:
        return message_figure("No vertebra was read for endplate defects.")
    figure = new_figure(SINGLE_COLUMN_MM, 124)
    prevalence_axes, share_axes = figure.subplots(2, 1)
    levels = list(dict.fromkeys(read["level"]))

    _draw_bars(prevalence_axes, read, levels, "percent", with_interval=True)
    prevalence_axes.set_title("A  Prevalence, 95% CI", loc="left", weight="bold")
    prevalence_axes.set_ylabel("Vertebrae read (%)")
    counts = read.drop_duplicates("level").set_index("level")["n_vertebrae"]
    named = [f"{level}\n{int(counts[level])}" for level in levels]
    prevalence_axes.set_xticklabels(named)
    prevalence_axes.set_xlabel("Level; n, vertebrae read")
    if not overall.empty:
        _draw_overall(prevalence_axes, overall, named)

    any_defect = read.loc[read["defect_type"] == "any"].set_index("level")["n"]
    total = int(any_defect.sum())
    _draw_bars(share_axes, read, levels, "share_of_defects_percent", with_interval=False)
    share_axes.set_title(
        f"B  Share of all {total} defect vertebrae", loc="left", weight="bold"
    )  # fmt: skip
    share_axes.set_ylabel("Defect vertebrae (%)")
    share_axes.set_xticklabels([f"{level}\n{int(any_defect[level])}" for level in levels])
    share_axes.set_xlabel("Level; n, defect vertebrae")
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
        axes.bar(
            centres, heights, width=BAR_WIDTH * 0.92, color=colour, label=label,
            hatch=DEFECT_HATCHES[defect_type], edgecolor="white", linewidth=0,
        )  # fmt: skip
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


def _draw_overall(axes: Axes, overall: pd.DataFrame, levels: list[str]) -> None:
    """Draw a bar of any type for each pooled group, right of the levels."""
    start = len(levels) - 0.5 + OVERALL_GAP
    centres = start + OVERALL_STEP * (np.arange(len(overall)) + 0.5)
    heights = overall["percent"].to_numpy(dtype=float)
    ends = overall[["ci_low", "ci_high"]].to_numpy(dtype=float).T
    axes.axvline(start, color=BLACK, linewidth=0.5, linestyle=":")
    axes.bar(centres, heights, width=BAR_WIDTH * 0.92, color=DEFECT_COLOURS["any"])
    whiskers = np.clip([heights - ends[0], ends[1] - heights], 0, None)
    axes.errorbar(
        centres, heights, yerr=whiskers, fmt="none", ecolor=BLACK, elinewidth=0.7, capsize=1
    )
    names = [
        f"{group}\n{int(n)}"
        for group, n in zip(overall["group"], overall["n_vertebrae"], strict=True)
    ]
    axes.set_xticks([*range(len(levels)), *centres])
    axes.set_xticklabels([*levels, *names])
    axes.set_xlim(-0.55, centres[-1] + OVERALL_STEP / 2)
    axes.set_ylim(0, max(axes.get_ylim()[1], 1.05 * float(np.nanmax([heights, ends[1]]))))


def _write_values(axes: Axes, centres: FloatArray, heights: FloatArray) -> None:
    """Write each bar's value above it; the paper of the card hides the grid behind it."""
    for centre, height in zip(centres, heights, strict=True):
        if np.isfinite(height):
            axes.annotate(
                f"{height:.1f}", (centre, height), (0, 2.5), textcoords="offset points",
                rotation=90, ha="center", va="bottom", fontsize=7,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4},
            )  # fmt: skip
