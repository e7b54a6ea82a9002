"""Figure 4: standardized defect sizes against vertebra HU, with the computed regression."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.report.figures.style import (
    BLACK,
    BLUE,
    DOUBLE_COLUMN_MM,
    VERMILION,
    message_figure,
    new_figure,
)
from bonecohort.report.printing.format import number, p_phrase

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
LINE_COLUMNS = ("measure", "method", "hu", "fit", "ci_low", "ci_high")
QUESTION, NAIVE = "figure4", "independent"  # as clustered.csv names them
ROBUST_NAMES = {
    "cluster_robust": "cluster-robust",
    "gee_exchangeable": "GEE",
    "gee_bias_reduced": "GEE, bias-reduced",
}


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


def regression_lines(
    points: pd.DataFrame, correlations: pd.DataFrame, clustered: pd.DataFrame
) -> pd.DataFrame:
    """Return the fitted lines with the 95% band of the mean, as published and as recommended.

    ``independent`` is the line of ``correlations.csv``. Its band at HU x is ``fit ± t(n − 2) · s ·
    √(1/n + (x − x̄)²/Sxx)``, s the residual standard deviation: the usual confidence band of a
    simple linear regression. The other line of a measure is the one that ``clustered.csv`` shows,
    vertebrae nested in participants. Its band is ``fit ± t(df) · √(V₀₀ + 2x·V₀₁ + x²·V₁₁)``, V the
    robust covariance of intercept and slope.

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
        robust = _robust_statistics_of(clustered, str(measure))
        if robust is not None:
            lines.append(_robust_line(str(measure), drawn, robust))
    if not lines:
        return pd.DataFrame(columns=list(LINE_COLUMNS))
    return pd.concat(lines, ignore_index=True)


def _line(measure: str, drawn: pd.DataFrame, slope: float, intercept: float) -> pd.DataFrame:
    hu = drawn["hu"].to_numpy(dtype=float)
    grid = np.linspace(hu.min(), hu.max(), LINE_POINTS)
    fit = intercept + slope * grid
    half = _band_half_width(hu, drawn["value"].to_numpy(dtype=float), slope, intercept, grid)
    return _frame(measure, NAIVE, grid, fit, half)


def _robust_line(measure: str, drawn: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    grid = np.linspace(drawn["hu"].min(), drawn["hu"].max(), LINE_POINTS)
    fit = float(row["intercept"]) + float(row["estimate"]) * grid
    variance = (
        float(row["intercept_standard_error"]) ** 2
        + 2 * grid * float(row["intercept_covariance"])
        + grid**2 * float(row["standard_error"]) ** 2
    )
    # A variance that is 0 but for rounding may come out below it.
    half = stats.t.ppf((1 + CONFIDENCE) / 2, float(row["df"])) * np.sqrt(np.maximum(variance, 0.0))
    return _frame(measure, str(row["method"]), grid, fit, half)


def _frame(
    measure: str,
    method: str,
    grid: NDArray[np.float64],
    fit: NDArray[np.float64],
    half: NDArray[np.float64],
) -> pd.DataFrame:
    columns = ([measure] * LINE_POINTS, [method] * LINE_POINTS, grid, fit, fit - half, fit + half)
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
    points: pd.DataFrame,
    lines: pd.DataFrame,
    correlations: pd.DataFrame,
    clustered: pd.DataFrame,
    outcomes: Sequence[str],
) -> Figure:
    """Draw one panel a measure: points, both lines with their 95% bands, R², p, n and slope."""
    if points.empty:
        return message_figure("No vertebra has both a defect and HU: no regression.")
    figure = new_figure(DOUBLE_COLUMN_MM, 78)
    panels = figure.subplots(1, len(outcomes), squeeze=False)[0]
    for letter, axes, measure in zip("ABCDEFGH", panels, outcomes, strict=False):
        _draw_panel(
            axes,
            points.loc[points["measure"] == measure],
            lines.loc[lines["measure"] == measure],
            _caption(
                _statistics_of(correlations, measure), _robust_statistics_of(clustered, measure)
            ),
        )
        axes.set_title(letter, loc="left", weight="bold")
        axes.set_ylabel(OUTCOME_LABELS.get(measure, measure))
        axes.set_xlabel("Vertebra HU (Hounsfield units)")
    handles = {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if handles:
        figure.legend(
            handles.values(), handles.keys(), loc="outside lower center", ncols=len(handles)
        )
    return figure


def _draw_panel(axes: Axes, points: pd.DataFrame, lines: pd.DataFrame, caption: str) -> None:
    axes.scatter(points["hu"], points["value"], s=7, color=BLUE, alpha=0.5, linewidths=0)
    naive, robust = lines.loc[lines["method"] == NAIVE], lines.loc[lines["method"] != NAIVE]
    if not naive.empty:
        axes.fill_between(
            naive["hu"], naive["ci_low"], naive["ci_high"], color=VERMILION, alpha=0.22, linewidth=0
        )
        axes.plot(naive["hu"], naive["fit"], color=VERMILION, linewidth=1.4,
                  label="least squares, conventional")  # fmt: skip
    if not robust.empty:
        name = ROBUST_NAMES[robust["method"].iloc[0]]
        axes.plot(robust["hu"], robust["fit"], color=BLACK, linewidth=0.9, linestyle="--",
                  label=f"recommended ({name})")  # fmt: skip
        for end in ("ci_low", "ci_high"):
            axes.plot(robust["hu"], robust[end], color=BLACK, linewidth=0.6, linestyle=":")
    axes.grid(visible=True)
    bottom, top = axes.get_ylim()
    axes.set_ylim(bottom, top + 0.36 * (top - bottom))
    axes.text(0.98, 0.985, caption, transform=axes.transAxes, ha="right", va="top",
              fontsize=7, linespacing=1.3)  # fmt: skip


def _caption(row: pd.Series | None, robust: pd.Series | None) -> str:
    if row is None or not np.isfinite(float(row["slope"])):
        warning = "" if row is None or pd.isna(row.get("warning")) else str(row["warning"])
        return "\n".join(["regression not available", *textwrap.wrap(warning, WARNING_CHARACTERS)])
    sentences = [
        f"R² = {number(row['r_squared'], 3)}, {p_phrase(float(row['p_value']))}",
        f"n = {int(row['n'])} vertebrae",
        f"slope {number(row['slope'] * SLOPE_PER_HU, 4)} per {SLOPE_PER_HU} HU",
    ]
    if robust is not None:
        sentences[1] = f"n = {int(row['n'])} in {int(robust['n_participants'])} participants"
        sentences.append(
            f"recommended: {number(robust['estimate'] * SLOPE_PER_HU, 4)}, "
            f"{p_phrase(float(robust['p_value']))}"
        )
    return "\n".join(sentences)


def _statistics_of(correlations: pd.DataFrame, measure: str) -> pd.Series | None:
    """Return the statistics' row of HU and a measure; the first when several analyses are held."""
    rows = correlations.loc[(correlations["x"] == "hu") & (correlations["y"] == measure)]
    return None if rows.empty else rows.iloc[0]


def _robust_statistics_of(clustered: pd.DataFrame, measure: str) -> pd.Series | None:
    """Return the clustered result that is shown for a measure; None when there is none."""
    rows = clustered.loc[
        (clustered["question"] == QUESTION)
        & (clustered["outcome"] == measure)
        & (clustered["shown"] == "yes")
        & clustered["method"].isin(ROBUST_NAMES)
        & clustered["standard_error"].notna()
    ]
    return None if rows.empty else rows.iloc[0]
