"""Write the report of the study."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.analyses.contributors import contributors
from bonecohort.papers.hao2025.report.contributors import CONTRIBUTORS, LAST
from bonecohort.papers.hao2025.report.tables_read import COLUMNS
from bonecohort.report.build import build_report
from bonecohort.report.page.participant_values import declared_values
from bonecohort.report.page.reviewed import review_of
from bonecohort.report.page.section import Contribution
from bonecohort.report.page.standard_sections import software
from bonecohort.study.analyses import has_preset
from bonecohort.study.at_work import is_at_work
from bonecohort.study.job_table import is_used
from bonecohort.study.reviewed import reviewed_places
from bonecohort.study.study import load_study
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.report.page.section import Contributor
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings
    from bonecohort.techniques.declare import Technique


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write the report, its tables and ``references.bib``."""
    study = load_study(Path(), task["overrides"])
    analyses = study.settings.analyses
    has_paper = has_preset(analyses)
    in_report = [
        technique
        for technique in techniques()
        if (
            is_used(study, technique)
            if has_paper
            else is_at_work(study.settings, study.kinds_together, technique)
        )
    ]
    contributing = (
        *(CONTRIBUTORS if has_paper else ()),
        *contributors(analyses),
        *techniques_contributors(in_report),
        review_of(reviewed_places(study)),
        software,
        *(LAST if has_paper else ()),
    )
    build_report(results, study.settings, contributing, COLUMNS if has_paper else None)


def techniques_contributors(of: Iterable[Technique]) -> tuple[Contributor, ...]:
    """Return what techniques add to a report, in their order; of each its values at least."""
    return tuple(
        technique_module(technique.name, technique.report).contribution
        if technique.report
        else partial(_values, technique)
        for technique in of
    )


def _values(
    technique: Technique, inputs: ReportInputs, _settings: Settings, _printer: Printer
) -> Contribution:
    return Contribution(of_participants=declared_values(inputs, technique))
