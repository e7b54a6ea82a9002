"""Draw the study's figures but those of the models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.agreement.figure import draw_agreement
from bonecohort.papers.hao2025.report.figures.regions import draw_figure_of_regions
from bonecohort.papers.hao2025.report.figures.study_figures import draw_figures
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping

ONLY_IN_SOME_STUDIES = ("figure1_roi", "truth", "agreement", "agreement_lines")
"""Figures not every study has: those of an earlier run must not outlive their cause."""


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write these of ``figures/*`` as PNG, SVG and PDF, with the data of each as CSV."""
    study = load_study(Path(), task["overrides"])
    truth = Path(study.settings.truth) if study.settings.truth else None
    if truth and not truth.is_file():  # noted in run.json
        truth = None
    figures = results / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    for name in ONLY_IN_SOME_STUDIES:
        for left_over in figures.glob(f"{name}.*"):
            left_over.unlink()
    draw_figures(results / "tables", results / "statistics", figures, study.settings, truth)
    draw_agreement(results / "tables", results / "statistics", figures, study.settings)
    draw_figure_of_regions(study, results, figures)
