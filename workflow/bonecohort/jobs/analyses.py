"""Do the analyses that the study lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.analyses.cohort import read_cohort
from bonecohort.analyses.compute import compute
from bonecohort.analyses.left_over import remove_left_over
from bonecohort.cohort.frames import write_table
from bonecohort.study.analyses import listed
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``statistics/analyses/*.csv``; those of analyses listed no more are removed."""
    settings = load_study(Path(), task["overrides"]).settings
    result = compute(listed(settings.analyses), read_cohort(results / "tables", settings))
    folder = results / "statistics" / "analyses"
    remove_left_over(folder, result)
    for stem, table in result.items():
        write_table(folder / f"{stem}.csv", table)
