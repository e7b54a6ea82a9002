"""The sortable lists of all participants and of all defect vertebrae."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, records
from bonecohort.study.analyses import has_preset

if TYPE_CHECKING:
    from bonecohort.report.page.participant_pages import ParticipantPage
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

CORE_COLUMNS = ("total_spine_hu", "osteoporosis", "endplate_defect", "n_defect_vertebrae")
VERTEBRA_COLUMNS = (
    "hu", "defect_type", "width_mm", "depth_mm", "standardized_width", "standardized_depth",
    "cumulative_score",
)  # fmt: skip
STANDARDIZED_DECIMALS = 3  # one more than the tables' means: these are single readings


@dataclass(frozen=True)
class ListColumn:
    """A column: ``printed`` tells whether it is kept on paper, where width is short."""

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
    inputs: ReportInputs, pages: list[ParticipantPage], settings: Settings
) -> CohortList:
    """Return every participant with status, flags and all variables."""
    table = inputs.frame("tables/participants.csv")
    by_id = {row["participant_id"]: row for row in records(table)}
    others = [
        name
        for name in table.columns
        if name not in ("participant_id", *CORE_COLUMNS)
        and (has_preset(settings.analyses) or table[name].notna().any())
    ]
    core = [name for name in CORE_COLUMNS if name in table.columns and table[name].notna().any()]
    names = [*core, *others]
    columns = (
        ListColumn("status", "Status", numeric=False, printed=True),
        ListColumn("flags", "Flags", numeric=True, printed=True),
        *(_column(name, table[name], settings, printed=name in CORE_COLUMNS) for name in names),
    )
    places = {name: _places(name, table, settings) for name in names}
    rows = []
    for page in pages:
        n_flags = str(len(page.flags))
        row = by_id.get(page.participant_id, {})
        cells = [ListCell(page.status, page.status), ListCell(n_flags, n_flags)]
        cells += [_cell(row, column, places[column.name]) for column in columns[2:]]
        rows.append((page.participant_id, cells))
    return CohortList(columns, rows)


def vertebrae_list(inputs: ReportInputs, settings: Settings) -> CohortList:
    """Return every vertebra that has an endplate defect."""
    table = inputs.frame("tables/vertebrae.csv")
    table = table[table["defect_type"].isin(labels.PRESENT_DEFECTS)]
    names = [name for name in VERTEBRA_COLUMNS if name in table.columns]
    columns = (
        ListColumn("level", "Level", numeric=False, printed=True),
        *(_column(name, table[name], settings, printed=True) for name in names),
    )
    ratios = ("standardized_width", "standardized_depth", "cumulative_score")
    places = {name: labels.decimals(name, settings) for name in names}
    places |= dict.fromkeys(ratios, STANDARDIZED_DECIMALS)
    rows = [
        (
            row["participant_id"],
            [_cell(row, column, places.get(column.name, 0)) for column in columns],
        )
        for row in records(table)
    ]
    return CohortList(columns, rows)


def _column(name: str, values: pd.Series, settings: Settings, *, printed: bool) -> ListColumn:
    title = "Defect type" if name == "defect_type" else labels.label_with_unit(name, settings)
    numeric = pd.api.types.is_numeric_dtype(values)
    return ListColumn(name, title, numeric=numeric, printed=printed)


def _places(name: str, table: pd.DataFrame, settings: Settings) -> int:
    """Return decimals that print single values as read: none where all are whole numbers."""
    if not pd.api.types.is_numeric_dtype(table[name]):
        return 0
    whole = bool((table[name].dropna() % 1 == 0).all())
    return 0 if whole else labels.decimals(name, settings)


def _cell(row: Record, column: ListColumn, places: int) -> ListCell:
    value = row.get(column.name)
    if value is None or pd.isna(value):
        return ListCell(fmt.ABSENT, "")
    if column.numeric:
        return ListCell(fmt.number(float(value), places), repr(float(value)))
    text = str(value)
    printed = labels.DEFECT_TYPES[text] if column.name == "defect_type" else text
    return ListCell(printed, text)
