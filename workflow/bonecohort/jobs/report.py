"""Write the report of the study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.analyses.contributors import contributors
from bonecohort.papers.hao2025.report.contributors import CONTRIBUTORS, LAST
from bonecohort.report.build import build_report
from bonecohort.report.page.standard_sections import software
from bonecohort.study.analyses import has_preset
from bonecohort.study.job_table import has_files, is_used
from bonecohort.study.study import load_study
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.report.page.section import Contributor
    from bonecohort.techniques.declare import Technique


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write the report, its tables and ``references.bib``."""
    study = load_study(Path(), task["overrides"])
    analyses = study.settings.analyses
    has_paper = has_preset(analyses)
    in_report = [one for one in techniques() if (is_used if has_paper else has_files)(study, one)]
    contributing = (
        *(CONTRIBUTORS if has_paper else ()),
        *contributors(analyses),
        *techniques_contributors(in_report),
        software,
        *(LAST if has_paper else ()),
    )
    build_report(results, study.settings, contributing)


def techniques_contributors(of: Iterable[Technique]) -> tuple[Contributor, ...]:
    """Return what techniques add to a report, in their order."""
    return tuple(
        technique_module(technique.name, technique.report).contribution
        for technique in of
        if technique.report
    )
