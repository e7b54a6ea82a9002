"""Every figure of a study, drawn from its tables and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.frames import read_table, write_table
from bonecohort.papers.hao2025.report.figures.defect_size_regression import (
    figure_of_regression,
    regression_lines,
    regression_points,
)
from bonecohort.papers.hao2025.report.figures.hu_by_level import figure_of_levels, levels_data
from bonecohort.papers.hao2025.report.figures.prevalence import (
    figure_of_prevalence,
    overall_data,
    prevalence_data,
)
from bonecohort.papers.hao2025.report.truth.figure import figure_of_truth
from bonecohort.papers.hao2025.report.truth.pairs import truth_pairs
from bonecohort.report.figures import style
from bonecohort.techniques.hounsfield.settings import HounsfieldSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from bonecohort.study.settings import Settings


def draw_figures(
    tables: Path, statistics: Path, out: Path, settings: Settings, truth: Path | None
) -> None:
    """Draw all figures as PNG, SVG and PDF, each with the numbers it shows as CSV beside it.

    Parameters
    ----------
    tables
        Folder of ``vertebrae.csv`` and ``sites.csv``.
    statistics
        Folder of ``prevalence.csv``, ``clustered_prevalence.csv``, ``correlations.csv`` and
        ``clustered.csv``.
    out
        Folder written: ``figure3_prevalence``, ``figure4_regression``, ``hu_by_level`` and, with
        a truth, ``truth``.
    settings
        Levels, regression outcomes and HU thresholds are used.
    truth
        CSV of ``participant_id, level, measure, value`` for a phantom or demo study.
    """
    vertebrae = read_table(tables / "vertebrae.csv")
    prevalence = prevalence_data(read_table(statistics / "prevalence.csv"), settings.levels)
    overall = overall_data(read_table(statistics / "clustered_prevalence.csv"))
    correlations = read_table(statistics / "correlations.csv")
    clustered = read_table(statistics / "clustered.csv")
    outcomes = settings.analysis.correlation_outcomes
    points = regression_points(vertebrae, outcomes)
    lines = regression_lines(points, correlations, clustered)
    by_level = levels_data(vertebrae)
    mark = settings.report.decimal_mark

    with style.journal_style():
        _write(
            out,
            "figure3_prevalence",
            figure_of_prevalence(prevalence, overall),
            {"": prevalence, "_overall": overall},
            mark,
        )
        _write(
            out,
            "figure4_regression",
            figure_of_regression(points, lines, correlations, clustered, outcomes),
            {"": points, "_lines": lines},
            mark,
        )
        _write(
            out, "hu_by_level",
            figure_of_levels(by_level, settings.levels, settings.of(HounsfieldSettings)),
            {"": by_level}, mark,
        )  # fmt: skip
        if truth is not None:
            pairs = truth_pairs(vertebrae, read_table(tables / "sites.csv"), read_table(truth))
            _write(out, "truth", figure_of_truth(pairs), {"": pairs}, mark)


def _write(
    out: Path, name: str, figure: Figure, data: Mapping[str, pd.DataFrame], mark: str
) -> None:
    style.save_figure(figure, out, name, mark)
    for suffix, frame in data.items():
        write_table(out / f"{name}{suffix}.csv", frame)
