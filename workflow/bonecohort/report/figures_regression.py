"""Figure 4: standardized defect sizes against vertebra HU, with the computed regression."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.report.format import number, p_phrase
from bonecohort.report.style import (
    BLUE,
    DOUBLE_COLUMN_MM,
    VERMILION,
    message_figure,
    new_figure,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

DEFECT_TYPES = ("superior", "inferior", "bilateral")
OUTCOME_LABELS = {
    "standardized_width": "Standardized width (a/c)",
    "standardized_depth": "Standardized depth (b/h)",
    "cumulative_score": "Cumulative score (a/c + b/h)",
    "width_mm": "Defect width (mm)",
    "depth_mm": "Defect depth (mm)",
}
LINE_POINTS = 61
SLOPE_PER_HU = 10
WARNING_CHARACTERS = 34
CONFIDENCE = 0.95
LINE_COLUMNS = ("measure", "hu", "fit", "ci_low", "ci_high")


def regression_points(vertebrae: pd.DataFrame, outcomes: Sequence[str]) -> pd.DataFrame:
    """Return one row a point drawn: defect vertebrae that have HU and the measure."""
    defect = vertebrae.loc[vertebrae["defect_type"].isin(DEFECT_TYPES)]
    points = defect.melt(
        id_vars=["participant_id", "level", "defect_type", "hu"],
        value_vars=list(outcomes),
        var_name="measure",
        value_name="value",
    )
    return points.dropna(subset=["hu", "value"]).reset_index(drop=True)


def regression_lines(points: pd.DataFrame, correlations: pd.DataFrame) -> pd.DataFrame:
    """Return the fitted lines of ``correlations.csv`` with the 95% band of the mean.

    The band at HU x is ``fit ± t(n − 2) · s · √(1/n + (x − x̄)²/Sxx)``, s the residual standard
    deviation: the usual confidence band of a simple linear regression.

    Raises
    ------
    ValueError
        When the statistics were computed from another number of vertebrae than are drawn.
    """
    lines = []
    for measure, drawn in points.groupby("measure", sort=False):
        row = _statistics_of(correlations, str(measure))
        if row is None or not np.isfinite([row["slope"], row["intercept"]]).all():
            continue
        if int(row["n"]) != len(drawn):
            message = (
                f"{measure}: {len(drawn)} vertebrae to draw, {int(row['n'])} in the statistics"
            )
            raise ValueError(message)
        lines.append(_line(str(measure), drawn, float(row["slope"]), float(row["intercept"])))
    if not lines:
        return pd.DataFrame(columns=list(LINE_COLUMNS))
    return pd.concat(lines, ignore_index=True)


def _line(measure: str, drawn: pd.DataFrame, slope: float, intercept: float) -> pd.DataFrame:
    hu = drawn["hu"].to_numpy(dtype=float)
    grid = np.linspace(hu.min(), hu.max(), LINE_POINTS)
    fit = intercept + slope * grid
    half = _band_half_width(hu, drawn["value"].to_numpy(dtype=float), slope, intercept, grid)
    columns = (np.repeat(measure, LINE_POINTS), grid, fit, fit - half, fit + half)
    return pd.DataFrame(dict(zip(LINE_COLUMNS, columns, strict=True)))


def _band_half_width(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    slope: float,
    intercept: float,
    grid: NDArray[np.float64],
) -> NDArray[np.float64]:
    n = len(x)
    spread = float(((x - x.mean()) ** 2).sum())
    if n < 3 or spread == 0:
        return np.full_like(grid, np.nan)
    residual_sd = np.sqrt(((y - intercept - slope * x) ** 2).sum() / (n - 2))
    quantile = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 2))
    half: NDArray[np.float64] = (
        quantile * residual_sd * np.sqrt(1 / n + (grid - x.mean()) ** 2 / spread)
    )
    return half


def figure_of_regression(
    points: pd.DataFrame, lines: pd.DataFrame, correlations: pd.DataFrame, outcomes: Sequence[str]
) -> Figure:
    """Draw one panel a measure: points, line, 95% band, R², p, n and slope."""
    if points.empty:
        return message_figure("No vertebra has both a defect and HU: no regression.")
    figure = new_figure(DOUBLE_COLUMN_MM, 68)
    panels = figure.subplots(1, len(outcomes), squeeze=False)[0]
    for letter, axes, measure in zip("ABCDEFGH", panels, outcomes, strict=False):
        _draw_panel(
            axes,
            points.loc[points["measure"] == measure],
            lines.loc[lines["measure"] == measure],
            _statistics_of(correlations, measure),
        )
        axes.set_title(letter, loc="left", weight="bold")
        axes.set_ylabel(OUTCOME_LABELS.get(measure, measure))
        axes.set_xlabel("Vertebra HU (Hounsfield units)")
    return figure


def _draw_panel(
    axes: Axes, points: pd.DataFrame, line: pd.DataFrame, row: pd.Series | None
) -> None:
    axes.scatter(points["hu"], points["value"], s=7, color=BLUE, alpha=0.5, linewidths=0)
    if not line.empty:
        axes.fill_between(
            line["hu"], line["ci_low"], line["ci_high"], color=VERMILION, alpha=0.22, linewidth=0
        )
        axes.plot(line["hu"], line["fit"], color=VERMILION, linewidth=1.4)
    axes.grid(visible=True)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + 0.28 * (top - bottom))
    axes.text(0.98, 0.985, _caption(row), transform=axes.transAxes, ha="right", va="top",
              fontsize=7.5, linespacing=1.3)  # fmt: skip


def _caption(row: pd.Series | None) -> str:
    if row is None or not np.isfinite(float(row["slope"])):
        warning = "" if row is None or pd.isna(row.get("warning")) else str(row["warning"])
        return "\n".join(["regression not available", *textwrap.wrap(warning, WARNING_CHARACTERS)])
    return (
        f"R² = {number(row['r_squared'], 3)}, {p_phrase(float(row['p_value']))}\n"
        f"n = {int(row['n'])} vertebrae\n"
        f"slope {number(row['slope'] * SLOPE_PER_HU, 4)} per {SLOPE_PER_HU} HU"
    )


def _statistics_of(correlations: pd.DataFrame, measure: str) -> pd.Series | None:
    """Return the statistics' row of HU and a measure; the first when several analyses are held."""
    rows = correlations.loc[(correlations["x"] == "hu") & (correlations["y"] == measure)]
    return None if rows.empty else rows.iloc[0]
