"""The report of the preset, as the tests build it and take tables from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.jobs.report import techniques_contributors
from bonecohort.papers.hao2025.report.contributors import CONTRIBUTORS as OF_THE_PAPER
from bonecohort.papers.hao2025.report.contributors import LAST
from bonecohort.papers.hao2025.report.tables_read import COLUMNS
from bonecohort.report import build
from bonecohort.report.page.assemble import assembled
from bonecohort.report.page.standard_sections import software
from bonecohort.report.results import inputs
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.study.settings import Settings

    Tables = dict[str, TableModel]

CONTRIBUTORS = (*OF_THE_PAPER, *techniques_contributors(techniques()), software, *LAST)


def build_report(results: Path, settings: Settings) -> None:
    """Write the preset's report into a results folder."""
    build.build_report(results, settings, CONTRIBUTORS, COLUMNS)


def read_inputs(results: Path, categories: Iterable[str] = ()) -> ReportInputs:
    """Read what the preset's report is made of."""
    return inputs.read_inputs(results, categories, COLUMNS)


def report_tables(found: ReportInputs, settings: Settings) -> Tables:
    """Return the report's tables by their keys, in printing order."""
    return {table.key: table for table in assembled(found, settings, CONTRIBUTORS).tables}


def named(tables: Tables, name: str) -> TableModel:
    """Return the table that is printed under a name, ``Table S5``."""
    return next(table for table in tables.values() if table.name == name)
