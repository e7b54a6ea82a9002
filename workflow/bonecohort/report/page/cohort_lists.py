"""The sortable list of all participants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.printing import format as fmt
from bonecohort.report.records import Record, records
from bonecohort.study.analyses import has_preset
from bonecohort.techniques.declare import SiteValue
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from bonecohort.report.page.participant_pages import ParticipantPage
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


@dataclass(frozen=True)
class ListColumn:
    """A column: ``printed`` says whether it is kept on paper, where width is short."""

    name: str
    title: str
    numeric: bool
    printed: bool


@dataclass(frozen=True)
class ListCell:
    """A printed value and what it is sorted by; a missing value sorts last."""

    text: str
    sort_value: str


@dataclass(frozen=True)
class CohortList:
    """A list whose rows each link to a participant's page."""

    columns: tuple[ListColumn, ...]
    rows: list[tuple[str, list[ListCell]]]


def participants_list(
    inputs: ReportInputs, pages: list[ParticipantPage], settings: Settings, printer: Printer
) -> CohortList:
    """Return every participant with status, flags and all variables but values of single sites."""
    table = inputs.frame("tables/participants.csv")
    first = columns_that_come_first()
    by_id = {row["participant_id"]: row for row in records(table)}
    others = [
        name
        for name in table.columns
        if name not in ("participant_id", *first, *of_single_sites(settings))
        and (has_preset(settings.analyses) or table[name].notna().any())
    ]
    core = [name for name in first if name in table.columns and table[name].notna().any()]
    names = [*core, *others]
    columns = (
        ListColumn("status", "Status", numeric=False, printed=True),
        ListColumn("flags", "Flags", numeric=True, printed=True),
        *(list_column(name, table[name], printer, printed=name in first) for name in names),
    )
    places = {name: _places(name, table, printer) for name in names}
    rows = []
    for page in pages:
        n_flags = str(len(page.flags))
        row = by_id.get(page.participant_id, {})
        cells = [ListCell(page.status, page.status), ListCell(n_flags, n_flags)]
        cells += [list_cell(row, column, places[column.name]) for column in columns[2:]]
        rows.append((page.participant_id, cells))
    return CohortList(columns, rows)


def columns_that_come_first() -> tuple[str, ...]:
    """Return the columns of participants.csv that stand first in the list, and on paper."""
    derived = (one for technique in techniques() for one in technique.derived)
    return tuple(one.name for one in derived if one.comes_first and one.per == "participant")


def of_single_sites(settings: Settings) -> set[str]:
    """Return the columns of values of single sites; a participant's page has those by site."""
    return {
        one.name
        for technique in techniques()
        for one in technique.variables(settings)
        if isinstance(one, SiteValue) and one.name.endswith(f"_{one.site}")
    }


def list_column(name: str, values: pd.Series, printer: Printer, *, printed: bool) -> ListColumn:
    """Return a column of a table as a list prints it."""
    numeric = pd.api.types.is_numeric_dtype(values)
    title = printer.label_with_unit(name)
    return ListColumn(name, title, numeric=numeric, printed=printed)


def _places(name: str, table: pd.DataFrame, printer: Printer) -> int:
    """Return decimals that print single values as read: none where all are whole numbers."""
    if not pd.api.types.is_numeric_dtype(table[name]):
        return 0
    whole = bool((table[name].dropna() % 1 == 0).all())
    return 0 if whole else printer.decimals(name)


def list_cell(row: Record, column: ListColumn, places: int) -> ListCell:
    """Return a value of a row as a list prints it."""
    value = row.get(column.name)
    if value is None or pd.isna(value):
        return ListCell(fmt.ABSENT, "")
    if column.numeric:
        return ListCell(fmt.number(float(value), places), repr(float(value)))
    return ListCell(str(value), str(value))
