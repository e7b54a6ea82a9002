"""Write the report of the study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.papers.hao2025.report.contributors import CONTRIBUTORS
from bonecohort.report.build import build_report
from bonecohort.study.job_table import is_used
from bonecohort.study.study import load_study
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Mapping


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write the report, its tables and ``references.bib``."""
    study = load_study(Path(), task["overrides"])
    own = [
        technique_module(one.name, one.report).contribution
        for one in techniques()
        if one.report and is_used(study, one)
    ]
    build_report(results, study.settings, [*CONTRIBUTORS, *own])
