"""The figures of the listed analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.analyses.correlation import figure as correlation
from bonecohort.analyses.frames import read_frames
from bonecohort.analyses.left_over import remove_left_over
from bonecohort.analyses.roc import figure as roc
from bonecohort.report.figures.style import journal_style, save_figure
from bonecohort.report.printing.printer import Printer
from bonecohort.study.analyses import DRAWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from bonecohort.study.analyses import Listed
    from bonecohort.study.settings import Settings

FIGURES: dict[str, Callable[[Any, Mapping[str, pd.DataFrame], Printer], Figure]] = {
    "correlation": correlation.figure,
    "roc": roc.figure,
}
"""By the analysis's name: those of :data:`bonecohort.study.analyses.DRAWN`."""


def draw(analyses: Sequence[Listed], results: Path, settings: Settings) -> None:
    """Write each figure as PNG, SVG and PDF; those of analyses listed no more are removed."""
    folder = results / "figures" / "analyses"
    drawn = [analysis for analysis in analyses if analysis.name in DRAWN]
    remove_left_over(folder, {analysis.stem for analysis in drawn})
    printer = Printer.of(settings)
    for analysis in drawn:
        frames = read_frames(analysis, results, settings)
        with journal_style():
            figure = FIGURES[analysis.name](analysis.settings, frames, printer)
            save_figure(figure, folder, analysis.stem, printer.report.decimal_mark)
