"""ROC curves: of the logistic models for a defect, and of HU for osteoporosis by the T-score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.report.figures.style import (
    BLACK,
    DOUBLE_COLUMN_MM,
    GREY,
    message_figure,
    message_panel,
    new_figure,
    series_style,
)
from bonecohort.report.printing import labels
from bonecohort.report.printing.format import n_and_events, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from bonecohort.study.settings import Settings

MODEL_COLUMNS = ("model", "variables")
POINT_COLUMNS = ("panel", "model", "variables", "cut", "sensitivity", "specificity")
AREA_COLUMNS = (
    "panel", "model", "variables", "label", "n", "events", "auc", "ci_low", "ci_high",
    "youden_cut", "sensitivity", "specificity",
)  # fmt: skip
FRAME_MM, LEGEND_LINE_MM = 110, 3.4
DRAWN_POINTS = 400
"""A longer curve is drawn by about so many of its points, each within 1 / 200 of the next."""


def roc_points(models: pd.DataFrame, predictors: pd.DataFrame) -> pd.DataFrame:
    """Return the points drawn of ``model_curves.csv`` (models) and ``roc_curves.csv`` (hu)."""
    parts = [
        models.assign(panel="models"),
        predictors.assign(panel="hu", model="", variables=predictors["predictor"]),
    ]
    curves = [
        thinned(curve)
        for part in parts
        for _, curve in part.groupby(list(MODEL_COLUMNS), sort=False)
    ]
    empty = pd.DataFrame(columns=list(POINT_COLUMNS))
    return pd.concat(curves, ignore_index=True)[list(POINT_COLUMNS)] if curves else empty


def thinned(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the first point of every small step along a curve of many points, and the last."""
    if len(curve) <= DRAWN_POINTS:
        return curve
    along = (curve["sensitivity"] + 1 - curve["specificity"]).to_numpy(dtype=float)
    step = np.floor(along * DRAWN_POINTS / 2)
    kept = np.r_[True, np.diff(step) != 0]
    kept[-1] = True
    return curve.loc[kept]


def roc_areas(
    performance: pd.DataFrame, predictors: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return each curve's area with its interval and, of HU, Youden's point: the legends."""
    models = performance.assign(
        panel="models",
        ci_low=performance["auc_ci_low"],
        ci_high=performance["auc_ci_high"],
        label=[
            "Multivariable" if model == "multivariable" else labels.label(variables, settings)
            for model, variables in zip(performance["model"], performance["variables"], strict=True)
        ],
    )
    of_hu = predictors.assign(
        panel="hu",
        model="",
        variables=predictors["predictor"],
        label=[labels.label(name, settings) for name in predictors["predictor"]],
    )
    frames = [frame.reindex(columns=list(AREA_COLUMNS)) for frame in (models, of_hu)]
    found = [frame for frame in frames if not frame.empty] or frames[:1]
    return pd.concat(found, ignore_index=True).dropna(subset=["auc"]).reset_index(drop=True)


def figure_of_roc(points: pd.DataFrame, areas: pd.DataFrame, standard: str, event: str) -> Figure:
    """Draw the curves of the models of ``event`` (A) and of HU against ``standard`` (B)."""
    if points.empty:
        return message_figure("No ROC curve: no model was fitted and no T-score is known.")
    longest_legend = int(areas["panel"].value_counts().max())
    figure = new_figure(DOUBLE_COLUMN_MM, FRAME_MM + LEGEND_LINE_MM * longest_legend)
    unjudged = "HU could not be judged\nagainst the reference standard."
    titles = {
        "models": (
            "A  Logistic models",
            f"with {event}",
            "No logistic model was fitted.",
        ),
        "hu": ("B  HU below a cut", f"with {standard}", unjudged),
    }
    for axes, (panel, (title, target, absent)) in zip(
        figure.subplots(1, 2), titles.items(), strict=True
    ):
        of_panel = areas.loc[areas["panel"] == panel]
        if of_panel.empty:
            message_panel(axes, title, absent)
            continue
        size = n_and_events(of_panel["n"].tolist(), of_panel["events"].tolist(), target)
        axes.set_title(f"{title}\n{size}", loc="left")
        _draw_curves(axes, points.loc[points["panel"] == panel], of_panel)
    return figure


def _draw_curves(axes: Axes, points: pd.DataFrame, areas: pd.DataFrame) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle="--", zorder=0)
    by_curve = dict(list(points.groupby(list(MODEL_COLUMNS), sort=False)))
    # The curve of most interest, which is the first or the multivariable one, is black and wide.
    rows = areas.to_dict("records")
    main = next((row for row in rows if row["model"] == "multivariable"), rows[0])
    others = [row for row in rows if row is not main]
    lines = [
        _draw_curve(axes, by_curve, row, linewidth=0.9, **series_style(place))
        for place, row in enumerate(others)
    ]
    lines.insert(0, _draw_curve(axes, by_curve, main, linewidth=1.7, color=BLACK, linestyle="-"))
    axes.set_aspect("equal", anchor="N")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("1 − specificity")
    axes.set_ylabel("Sensitivity")
    axes.grid(visible=True)
    axes.legend(  # named one by one, for matplotlib leaves out what begins with "_"
        lines, [str(line.get_label()) for line in lines], loc="upper center",
        bbox_to_anchor=(0.5, -0.16), title="Area under the curve (95% CI)", title_fontsize=7,
        alignment="left", labelspacing=0.25,
    )  # fmt: skip


def _draw_curve(
    axes: Axes,
    by_curve: dict[Any, pd.DataFrame],
    row: dict[Any, Any],
    **style: Any,
) -> Line2D:
    curve = by_curve[(row["model"], row["variables"])]
    interval = f"{number(row['ci_low'], 2)}–{number(row['ci_high'], 2)}"
    told = interval if np.isfinite(row["ci_low"]) else "no CI"
    label = f"{row['label']}: {number(row['auc'], 2)} ({told})"
    if np.isfinite(row["youden_cut"]):
        axes.plot(
            1 - row["specificity"], row["sensitivity"], "o", color=style["color"], markersize=4,
            markeredgecolor="white", markeredgewidth=0.6, zorder=5,
        )  # fmt: skip
        label += f"; Youden <{number(row['youden_cut'], 1)} HU"
    return axes.plot(1 - curve["specificity"], curve["sensitivity"], label=label, **style)[0]
