"""The correlation matrix, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bonecohort.report.figures.style import (
    DOUBLE_COLUMN_MM,
    SINGLE_COLUMN_MM,
    message_figure,
    new_figure,
)
from bonecohort.report.printing.format import n_of_several, number
from bonecohort.report.records import records

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import CorrelationOfVariables

FEW = 5
"""Up to so many variables fit a single column."""
DARK = 0.6
"""On a stronger correlation than this the number is white."""
DRAWN = ("participants", "total")


def figure(
    asked: CorrelationOfVariables, frames: Mapping[str, pd.DataFrame], printer: Printer
) -> Figure:
    """Draw every correlation as a coloured square with its number."""
    result = frames[""][frames[""]["among"].isin(DRAWN)]
    if result["r"].isna().all():
        return message_figure("No two of the variables could be correlated.")
    matrix = matrix_of(result, asked.of)
    width = SINGLE_COLUMN_MM if len(asked.of) <= FEW else DOUBLE_COLUMN_MM
    drawn = new_figure(width, 0.85 * width)
    axes = drawn.subplots()
    units = "sites" if asked.among == "sites" else "participants"
    size = n_of_several(result.loc[result["r"].notna(), "n"].tolist())
    axes.set_title(f"{size} {units}", loc="left")
    image = axes.imshow(matrix, cmap="PuOr", vmin=-1, vmax=1)
    names = [printer.label(name) for name in asked.of]
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for (row, column), r in np.ndenumerate(matrix):
        if row != column and np.isfinite(r):
            colour = "white" if abs(r) > DARK else "black"
            axes.text(column, row, number(float(r), 2), ha="center", va="center", color=colour)
    drawn.colorbar(image, ax=axes, label="Correlation", shrink=0.8)
    return drawn


def matrix_of(correlations: pd.DataFrame, names: Sequence[str]) -> NDArray[np.float64]:
    """Return the correlations as a symmetric matrix, shape (names, names), 1 on the diagonal."""
    matrix = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    places = {name: place for place, name in enumerate(names)}
    for row in records(correlations):
        x, y = places[row["x"]], places[row["y"]]
        matrix[x, y] = matrix[y, x] = row["r"]
    return matrix
