"""Draw the figures of the recommended analysis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.figures.model_figures import draw_model_figures
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write these of ``figures/*`` as PNG, SVG and PDF, with the data of each as CSV."""
    settings = load_study(Path(), task["overrides"]).settings
    draw_model_figures(results / "tables", results / "statistics", results / "figures", settings)
