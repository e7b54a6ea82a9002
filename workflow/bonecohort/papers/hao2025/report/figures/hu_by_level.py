"""HU of each level, vertebrae with a defect beside those without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.report.figures.style import (
    BLUE,
    GREY,
    ORANGE,
    SINGLE_COLUMN_MM,
    message_figure,
    new_figure,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

GROUP_COLOURS = {"defect": ORANGE, "no defect": BLUE, "endplates not read": GREY}
GROUP_HATCHES = {"defect": "////", "no defect": "", "endplates not read": "xxxx"}
BOX_WIDTH = 0.3  # of the distance between two levels


def levels_data(vertebrae: pd.DataFrame) -> pd.DataFrame:
    """Return ``participant_id, level, group, hu`` of every vertebra that has HU."""
    measured = vertebrae.loc[vertebrae["hu"].notna()]
    unread = measured["defect_type"].isna() | (measured["defect_type"] == "not_assessable")
    group = np.where(unread, "endplates not read", "defect")
    group = np.where(measured["defect_type"] == "none", "no defect", group)
    return measured[["participant_id", "level", "hu"]].assign(group=group).reset_index(drop=True)


def figure_of_levels(
    data: pd.DataFrame, levels: Sequence[str], thresholds: HounsfieldSettings
) -> Figure:
    """Draw boxes (median, quartiles, whiskers to 1.5 IQR) of HU by level and defect group."""
    if data.empty:
        return message_figure("No vertebra has HU.")
    figure = new_figure(SINGLE_COLUMN_MM, 72)
    axes = figure.subplots()
    groups = [name for name in GROUP_COLOURS if (data["group"] == name).any()]
    for place, group in enumerate(groups):
        offset = (place - (len(groups) - 1) / 2) * BOX_WIDTH
        _draw_group(axes, data.loc[data["group"] == group], levels, group, offset)
    axes.axhline(thresholds.low_hu_threshold, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
    axes.annotate(
        f"{thresholds.low_hu_threshold:g} HU", (1.0, thresholds.low_hu_threshold), (2, 0),
        xycoords=("axes fraction", "data"), textcoords="offset points", va="center", fontsize=7,
        color=GREY,
    )  # fmt: skip
    counts = data["level"].value_counts()
    axes.set_xticks(np.arange(len(levels)))
    axes.set_xticklabels([f"{level}\nn = {int(counts.get(level, 0))}" for level in levels])
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.55, len(levels) - 0.45)
    axes.set_ylabel("Vertebra HU (Hounsfield units)")
    axes.grid(axis="y")
    figure.legend(loc="outside upper center", ncols=len(groups), handlelength=1)
    return figure


def _draw_group(
    axes: Axes, data: pd.DataFrame, levels: Sequence[str], group: str, offset: float
) -> None:
    values = [data.loc[data["level"] == level, "hu"].to_numpy(dtype=float) for level in levels]
    colour = GROUP_COLOURS[group]
    axes.boxplot(
        values, positions=np.arange(len(levels)) + offset, widths=BOX_WIDTH * 0.85,
        manage_ticks=False, patch_artist=True, label=f"{group} (n = {len(data)})",
        boxprops={"facecolor": colour, "alpha": 0.75, "linewidth": 0.6,
                  "hatch": GROUP_HATCHES[group]},
        medianprops={"color": "black", "linewidth": 1.0},
        whiskerprops={"linewidth": 0.6}, capprops={"linewidth": 0.6},
        flierprops={"marker": ".", "markersize": 2, "markerfacecolor": colour,
                    "markeredgecolor": colour},
    )  # fmt: skip
