"""Write the report of the study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.contributors import CONTRIBUTORS
from bonecohort.report.build import build_report
from bonecohort.study.study import load_study

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write the report, its tables and ``references.bib``."""
    build_report(results, load_study(Path(), task["overrides"]).settings, CONTRIBUTORS)
