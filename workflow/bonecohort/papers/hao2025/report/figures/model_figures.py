"""The supplementary figures: HU by group, and what judges the models and the HU threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.frames import read_table, write_table
from bonecohort.papers.hao2025.report.figures.hu_by_group import figure_of_groups, groups_data
from bonecohort.papers.hao2025.report.figures.roc import figure_of_roc, roc_areas, roc_points
from bonecohort.papers.hao2025.report.figures.threshold_sensitivity import (
    figure_of_thresholds,
    threshold_data,
)
from bonecohort.report.figures import style
from bonecohort.report.figures.calibration import calibration_data, figure_of_calibration
from bonecohort.report.figures.forest import figure_of_forest, forest_data
from bonecohort.report.figures.splines import figure_of_splines, spline_data
from bonecohort.report.printing.printer import Printer
from bonecohort.report.printing.split_labels import split_words
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from bonecohort.study.settings import Settings


def draw_model_figures(tables: Path, statistics: Path, out: Path, settings: Settings) -> None:
    """Draw the figures of the recommended analysis, each with the numbers it shows as CSV.

    Parameters
    ----------
    tables
        Folder of ``participants.csv`` and ``vertebrae.csv``.
    statistics
        Folder of the statistics.
    out
        Folder written: ``hu_by_group``, ``forest``, ``roc``, ``calibration``, ``splines`` and
        ``thresholds``.
    settings
        Labels, units and the HU thresholds are used.
    """
    printer = Printer.of(settings)

    def found(name: str) -> pd.DataFrame:
        return read_table(statistics / f"{name}.csv")

    def written(name: str, figure: Figure, data: pd.DataFrame) -> None:
        style.save_figure(figure, out, name, printer.report.decimal_mark)
        write_table(out / f"{name}.csv", data)

    performance = found("model_performance")
    outcome = split_words(settings.analysis.outcome, printer)
    with style.journal_style():
        groups = groups_data(
            read_table(tables / "participants.csv"), read_table(tables / "vertebrae.csv")
        )
        written("hu_by_group", figure_of_groups(groups, settings.of(HounsfieldSettings)), groups)

        forest = forest_data(found("models"), found("recommended_models"), printer)
        written("forest", figure_of_forest(forest, outcome.of_event), forest)

        points = roc_points(found("model_curves"), found("roc_curves"))
        areas = roc_areas(performance, found("roc"), printer)
        standard = reference_standard_name(settings, printer)
        written("roc", figure_of_roc(points, areas, standard, outcome.of_event), points)
        write_table(out / "roc_areas.csv", areas)

        calibration = calibration_data(found("calibration"), printer)
        written("calibration", figure_of_calibration(calibration, performance), calibration)

        splines = spline_data(found("spline_curves"), found("linearity"))
        written("splines", figure_of_splines(splines, printer), splines)

        thresholds = threshold_data(found("thresholds"))
        threshold_hu = settings.of(HounsfieldSettings).osteoporosis_threshold
        drawn = figure_of_thresholds(thresholds, threshold_hu, standard, outcome.event)
        written("thresholds", drawn, thresholds)


def reference_standard_name(settings: Settings, printer: Printer) -> str:
    """Return the printed name of osteoporosis by the reference standard, ``T-score ≤ −2.5``."""
    label = printer.label(settings.analysis.reference_standard)
    cut = f"{settings.analysis.reference_standard_cut:g}".replace("-", "−")
    return f"{label} ≤ {cut}"
