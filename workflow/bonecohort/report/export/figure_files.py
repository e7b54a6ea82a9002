"""The figures as files named by the numbers that the report gives them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from bonecohort.report.figures.flow_drawing import flow_figure
from bonecohort.report.figures.style import journal_style, save_figure
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.report.figures.flow_diagram import Flow


def write_figure(folder: Path, stem: str, files: Sequence[Path], diagram: Flow | None) -> None:
    """Write a figure as PNG, SVG and PDF: copies of its files, or the diagram drawn."""
    for file in files:
        with whole_file(folder / f"{stem}{file.suffix}") as unfinished:
            shutil.copyfile(file, unfinished)
    if diagram is not None:
        with journal_style():
            save_figure(flow_figure(diagram), folder, stem)
