"""Analyse the cohort's tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.cohort.frames import read_table, write_table
from bonecohort.papers.hao2025.statistics.analyse import analyse
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``statistics/*.csv``."""
    settings = load_study(Path(), task["overrides"]).settings
    tables = results / "tables"
    categories = [
        name for name, variable in settings.variables.items() if variable.type == "categorical"
    ]
    result = analyse(
        read_table(tables / "participants.csv", categories),
        read_table(tables / "vertebrae.csv"),
        read_table(tables / "endplates.csv"),
        settings,
        read_table(tables / "measurements.csv"),
    )
    for name, table in result.items():
        write_table(results / "statistics" / f"{name}.csv", table)
