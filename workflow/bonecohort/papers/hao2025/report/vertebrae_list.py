"""The sortable list of all vertebrae with an endplate defect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.tables.prevalence_and_slopes import TYPES_PRINTED
from bonecohort.papers.hao2025.statistics.groupings import DEFECT_TYPES
from bonecohort.report.page.cohort_lists import (
    CohortList,
    ListCell,
    ListColumn,
    list_cell,
    list_column,
)
from bonecohort.report.records import Record, records

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs

TYPE = "defect_type"
COLUMNS = (
    "hu", TYPE, "width_mm", "depth_mm", "standardized_width", "standardized_depth",
    "cumulative_score",
)  # fmt: skip
RATIOS = ("standardized_width", "standardized_depth", "cumulative_score")
RATIO_DECIMALS = 3
"""One more than the tables' means: these are single readings."""


def vertebrae_list(inputs: ReportInputs, printer: Printer) -> CohortList:
    """Return every vertebra that has an endplate defect."""
    table = inputs.frame("tables/vertebrae.csv")
    table = table[table[TYPE].isin(DEFECT_TYPES)]
    columns = [ListColumn("level", "Level", numeric=False, printed=True)]
    for name in COLUMNS:
        if name in table.columns:
            column = list_column(name, table[name], printer, printed=True)
            columns.append(replace(column, title="Defect type") if name == TYPE else column)
    places = {column.name: printer.decimals(column.name) for column in columns}
    places |= dict.fromkeys(RATIOS, RATIO_DECIMALS)
    rows = [
        (row["participant_id"], [_cell(row, column, places[column.name]) for column in columns])
        for row in records(table)
    ]
    return CohortList(tuple(columns), rows)


def _cell(row: Record, column: ListColumn, places: int) -> ListCell:
    cell = list_cell(row, column, places)
    return replace(cell, text=TYPES_PRINTED[cell.sort_value]) if column.name == TYPE else cell
