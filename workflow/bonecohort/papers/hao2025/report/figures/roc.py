"""ROC curves: of the logistic models for a defect, and of HU for osteoporosis by the T-score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.figures.roc import MODEL_COLUMNS, draw_curves, thinned
from bonecohort.report.figures.style import (
    DOUBLE_COLUMN_MM,
    message_figure,
    message_panel,
    new_figure,
)
from bonecohort.report.printing import format as fmt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from bonecohort.report.printing.printer import Printer

PREDICTORS, HU = "hu", "HU"
POINT_COLUMNS = ("panel", "model", "variables", "cut", "sensitivity", "specificity")
AREA_COLUMNS = (
    "panel", "model", "variables", "label", "n", "events", "auc", "ci_low", "ci_high",
    "youden_cut", "direction", "unit", "decimals", "sensitivity", "specificity",
)  # fmt: skip
FRAME_MM, LEGEND_LINE_MM = 110, 3.4


def roc_points(models: pd.DataFrame, predictors: pd.DataFrame) -> pd.DataFrame:
    """Return the points drawn of ``model_curves.csv`` and ``roc_curves.csv``."""
    parts = [
        models.assign(panel="models"),
        predictors.assign(panel=PREDICTORS, model="", variables=predictors["predictor"]),
    ]
    curves = [
        thinned(curve)
        for part in parts
        for _, curve in part.groupby(list(MODEL_COLUMNS), sort=False)
    ]
    empty = pd.DataFrame(columns=list(POINT_COLUMNS))
    return pd.concat(curves, ignore_index=True)[list(POINT_COLUMNS)] if curves else empty


def roc_areas(
    performance: pd.DataFrame, predictors: pd.DataFrame, printer: Printer
) -> pd.DataFrame:
    """Return each curve's area with its interval and, of predictors, Youden's point."""
    models = performance.assign(
        panel="models",
        ci_low=performance["auc_ci_low"],
        ci_high=performance["auc_ci_high"],
        label=[
            "Multivariable" if model == "multivariable" else printer.label(variables)
            for model, variables in zip(performance["model"], performance["variables"], strict=True)
        ],
    )
    of_predictors = predictors.assign(
        panel=PREDICTORS,
        model="",
        variables=predictors["predictor"],
        label=[printer.label(name) for name in predictors["predictor"]],
        unit=[printer.unit(name) for name in predictors["predictor"]],
        decimals=[printer.decimals(name) for name in predictors["predictor"]],
    )
    frames = [frame.reindex(columns=list(AREA_COLUMNS)) for frame in (models, of_predictors)]
    result = [frame for frame in frames if not frame.empty] or frames[:1]
    return pd.concat(result, ignore_index=True).dropna(subset=["auc"]).reset_index(drop=True)


def figure_of_roc(
    points: pd.DataFrame, areas: pd.DataFrame, standard: str, of_event: str
) -> Figure:
    """Draw the curves of the models (A) and of HU against ``standard`` (B).

    ``of_event`` follows the number of events of the models: ``with osteoporosis``.
    """
    if points.empty:
        return message_figure("No ROC curve: no model was fitted and no T-score is known.")
    longest_legend = int(areas["panel"].value_counts().max())
    figure = new_figure(DOUBLE_COLUMN_MM, FRAME_MM + LEGEND_LINE_MM * longest_legend)
    judged = areas.loc[areas["panel"] == PREDICTORS]
    titles = {
        "models": (
            "A  Logistic models",
            of_event,
            "No logistic model was fitted.",
        ),
        PREDICTORS: (
            f"B  {what_was_judged(judged)}",
            f"with {standard}",
            "HU could not be judged\nagainst the reference standard.",
        ),
    }
    for axes, (panel, (title, target, absent)) in zip(
        figure.subplots(1, 2), titles.items(), strict=True
    ):
        of_panel = areas.loc[areas["panel"] == panel]
        if of_panel.empty:
            message_panel(axes, title, absent)
            continue
        size = fmt.n_and_events(of_panel["n"].tolist(), of_panel["events"].tolist(), target)
        axes.set_title(f"{title}\n{size}", loc="left")
        draw_curves(axes, points.loc[points["panel"] == panel], of_panel)
    return figure


def what_was_judged(areas: pd.DataFrame) -> str:
    """Return the title of the predictors' panel, by their units and sides: ``HU below a cut``."""
    units = set(areas["unit"].fillna("")) or {HU}
    sides = set(areas["direction"].dropna()) or {"below"}
    what = next(iter(units)) if units == {HU} else "Predictors"
    return f"{what} {fmt.joined(sorted(sides, reverse=True)).replace(' and ', ' or ')} a cut"
