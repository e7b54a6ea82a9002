"""The frames of an analysis, read from its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.frames import read_table
from bonecohort.study.analysis_settings import MOST_GROUPS

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from bonecohort.study.analyses import Listed
    from bonecohort.study.settings import Settings

TEXT_COLUMNS = (
    "category", "group", "reference", "readers", *(f"group_{n}" for n in range(1, MOST_GROUPS + 1)),
)  # fmt: skip
"""Columns that are text also where categories look like numbers."""


def read_frames(analysis: Listed, results: Path, settings: Settings) -> dict[str, pd.DataFrame]:
    """Return the results of an analysis by what they are called."""
    categories = [name for name, v in settings.variables.items() if v.type == "categorical"]
    folder = results / "statistics" / "analyses"
    return {
        name: read_table(folder / f"{stem}.csv", (*TEXT_COLUMNS, *categories))
        for name, stem in analysis.frames.items()
    }
