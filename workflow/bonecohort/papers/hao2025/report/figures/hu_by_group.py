"""Distribution of HU with and without an endplate defect: density, box and every value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.papers.hao2025.report.figures.hu_by_level import GROUP_COLOURS, levels_data
from bonecohort.report.figures.style import (
    DOUBLE_COLUMN_MM,
    GREY,
    message_figure,
    message_panel,
    new_figure,
)
from bonecohort.report.printing.format import n_phrase

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

UNITS = {
    "participant": ("A  Total spine HU", "Total spine HU (Hounsfield units)"),
    "vertebra": ("B  Vertebra HU", "Vertebra HU (Hounsfield units)"),
}
DATA_COLUMNS = ("unit", "participant_id", "level", "group", "hu")
GROUPS = ("defect", "no defect")
MOST_POINTS = 1000
"""A larger group is shown by its density and box alone."""
DENSITY_POINTS = 101
CLOUD, BOX, RAIN = 0.38, 0.12, 0.3  # heights, of the distance between two groups


def groups_data(participants: pd.DataFrame, vertebrae: pd.DataFrame) -> pd.DataFrame:
    """Return one row a participant (total spine HU) and one a vertebra read for endplates."""
    of_vertebrae = levels_data(vertebrae).assign(unit="vertebra")
    columns = ["participant_id", "total_spine_hu", "endplate_defect"]
    spines = participants.reindex(columns=columns).dropna()
    group = spines["endplate_defect"].map({"yes": "defect", "no": "no defect"})
    of_participants = spines.assign(
        unit="participant", level="", group=group, hu=spines["total_spine_hu"]
    )
    frames = [frame[list(DATA_COLUMNS)] for frame in (of_participants, of_vertebrae)]
    result = pd.concat([frame for frame in frames if not frame.empty] or frames[:1])
    return result.loc[result["group"].isin(GROUPS)].reset_index(drop=True)


def figure_of_groups(data: pd.DataFrame, thresholds: HounsfieldSettings) -> Figure:
    """Draw a raincloud a group: of participants (A) and of vertebrae (B)."""
    if data.empty:
        return message_figure("No HU beside a reading of the endplates.")
    figure = new_figure(DOUBLE_COLUMN_MM, 66)
    lines = (thresholds.osteoporosis_threshold, thresholds.low_hu_threshold)
    for axes, (unit, (title, label)), line in zip(
        figure.subplots(1, 2), UNITS.items(), lines, strict=True
    ):
        drawn = data.loc[data["unit"] == unit]
        if drawn.empty:
            message_panel(axes, title, "No value.")
            continue
        axes.set_title(title, loc="left", weight="bold")
        axes.set_xlabel(label)
        axes.axvline(line, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        values = {
            group: drawn.loc[drawn["group"] == group, "hu"].to_numpy(dtype=float)
            for group in GROUPS
        }
        for place, group in enumerate(GROUPS):
            _draw_group(axes, values[group], place, GROUP_COLOURS[group])
        named = [f"{group}\n{n_phrase(len(values[group]))}" for group in GROUPS]
        axes.set_yticks(range(len(GROUPS)), named)
        axes.set_ylim(len(GROUPS) - 0.5, -0.55)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    return figure


def _draw_group(axes: Axes, values: NDArray[np.float64], place: int, colour: str) -> None:
    """Draw density above, box in, and points below the line of a group (the axis runs down)."""
    if values.size == 0:
        return
    if np.unique(values).size > 1:
        grid = np.linspace(values.min(), values.max(), DENSITY_POINTS)
        density = stats.gaussian_kde(values)(grid)
        top = place - BOX / 2 - 0.03
        axes.fill_between(
            grid, top - CLOUD * density / density.max(), top, color=colour, alpha=0.6, linewidth=0
        )
    axes.boxplot(
        values, positions=[place], widths=BOX, orientation="horizontal", manage_ticks=False,
        showfliers=False, patch_artist=True, boxprops={"facecolor": colour, "linewidth": 0.6},
        medianprops={"color": "black", "linewidth": 1.0}, whiskerprops={"linewidth": 0.6},
        capprops={"linewidth": 0.6},
    )  # fmt: skip
    if values.size <= MOST_POINTS:
        # Golden-ratio steps spread points evenly, and the same way every time.
        spread = np.arange(values.size) * 0.6180339887498949 % 1
        axes.scatter(
            values, place + BOX / 2 + 0.05 + spread * (RAIN - 0.05), s=4, color=colour, alpha=0.6,
            linewidths=0,
        )  # fmt: skip
