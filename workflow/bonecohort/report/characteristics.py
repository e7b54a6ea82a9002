"""Table 1: what the participants are like, in two groups and together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report import format as fmt
from bonecohort.report import words
from bonecohort.report.split_words import SplitWords, split_words
from bonecohort.report.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
    with_marks,
)
from bonecohort.report.tables import (
    P_HEADER,
    Record,
    description,
    group_sizes,
    ordered_categories,
    p_cell,
    records,
    text_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

TITLE = "Characteristics of the participants"
NO, YES = "no", "yes"


@dataclass(frozen=True)
class _Columns:
    """Which columns the table has: the groups' sizes, and what is asked for beside them."""

    sizes: tuple[int, int]
    n_total: int
    settings: Settings

    @property
    def split(self) -> SplitWords:
        """The words for the grouping."""
        return split_words(self.settings.analysis.table1_grouping, self.settings)

    @property
    def compared(self) -> bool:
        """Whether there are two groups to compare."""
        return sum(self.sizes) > 0

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The ends of the statistics' column names, one a described group."""
        return ("1", "2", "total") if self.compared else ("total",)

    @property
    def with_statistic(self) -> bool:
        return self.compared and self.settings.report.show_statistic

    @property
    def with_missing(self) -> bool:
        return self.settings.report.show_missing

    def header(self) -> Row:
        """Return the table's head."""
        titles = (*self.split.groups, "Total") if self.compared else ("Total",)
        n = (*self.sizes, self.n_total) if self.compared else (self.n_total,)
        described = (
            Cell(f"{title}\n({fmt.n_phrase(size)})") for title, size in zip(titles, n, strict=True)
        )
        return (
            Cell("Characteristic"),
            *described,
            *([Cell("Missing")] if self.with_missing else []),
            *([Cell("Test statistic")] if self.with_statistic else []),
            *([P_HEADER] if self.compared else []),
        )

    def row(self, label: Cell, described: list[Cell], end: list[Cell]) -> Row:
        """Return a row; what it does not describe or does not end with is blank."""
        width = len(self.header()) - 1
        filled = described or [blank()] * len(self.suffixes)
        return (label, *filled, *(end or [blank()] * (width - len(filled))))

    def missing(self, record: Record) -> list[int]:
        """Return how many values are missing, in each group and in total."""
        n = (*self.sizes, self.n_total)
        return [
            size - int(record[f"n_{suffix}"])
            for suffix, size in zip(("1", "2", "total"), n, strict=True)
        ]

    def end(self, record: Record, letters: FootnoteLetters) -> list[Cell]:
        """Return the cells after the groups: missing values, test statistic, p."""
        cells = [Cell(str(self.missing(record)[2]))] if self.with_missing else []
        cells += [Cell(statistic_phrase(record))] if self.with_statistic else []
        if self.compared:
            cells.append(p_cell(record, self.settings, letters, name_test=True))
        return cells


def table_1(
    comparisons: pd.DataFrame, counts: pd.DataFrame, participants: pd.DataFrame, settings: Settings
) -> TableModel:
    """Build Table 1: the participants of one group against those of the other.

    Where the group of nobody is known, all participants are described together.
    """
    sizes = group_sizes(participants, settings.analysis.table1_grouping, settings)
    columns = _Columns(sizes, sum(sizes) or len(participants), settings)
    shown = {row["variable"]: row for row in records(comparisons, table="table1", shown="yes")}
    letters = FootnoteLetters()
    rows: list[Row] = []
    for name in settings.analysis.table1_rows:
        if name in shown:
            categories = records(counts, table="table1", variable=name)
            if categories:
                rows += _categorical_rows(shown[name], categories, columns, letters)
            else:
                rows.append(_continuous_row(shown[name], columns, letters))
    n_unread = len(participants) - columns.n_total
    return TableModel(
        name="Table 1",
        title=f"{TITLE} {columns.split.by}" if columns.compared else TITLE,
        header=(columns.header(),),
        rows=tuple(rows),
        footnotes=letters.footnotes(_general_notes(shown, n_unread, columns)),
        alignment=first_left(len(columns.header())),
    )


def _general_notes(shown: dict[str, Record], n_unread: int, columns: _Columns) -> list[str]:
    settings = columns.settings
    notes = ["Values are mean ± SD or n (%)."]
    if any(words.has_median(name, settings) for name in shown):
        notes = ["Values are mean ± SD, n (%), or, where said, median (first–third quartile)."]
    if columns.compared:
        notes[0] += " Total, both groups together."
    if n_unread:
        whose = fmt.counted(n_unread, "participant")
        notes.append(f"{whose} whose {columns.split.unknown}: in no column.")
    absent = [
        words.in_sentence(words.label(name, settings))
        for name in settings.analysis.table1_rows
        if name not in shown
    ]
    if absent:
        notes.append(f"Not in the study’s data, so not shown: {fmt.joined(absent)}.")
    return notes


def _row_label(text: str, record: Record, columns: _Columns, letters: FootnoteLetters) -> Cell:
    cell = Cell(text, href="#participants-table", sort_by=record["variable"])
    missing = columns.missing(record)
    if not missing[2]:
        return cell
    whose = columns.split.counted(missing[0], missing[1])
    if not columns.compared:
        whose = fmt.counted(missing[2], "participant")
    note = f"Missing in {whose}; missing values are in no percentage and no test."
    return with_marks(cell, letters.mark(note))


def _continuous_row(record: Record, columns: _Columns, letters: FootnoteLetters) -> Row:
    name, settings = record["variable"], columns.settings
    text = words.label_with_unit(name, settings)
    if words.has_median(name, settings):
        text += ", median (Q1–Q3)"
    described = [Cell(description(record, suffix, settings)) for suffix in columns.suffixes]
    label = _row_label(text, record, columns, letters)
    return columns.row(label, described, columns.end(record, letters))


def _categorical_rows(
    record: Record, categories: list[Record], columns: _Columns, letters: FootnoteLetters
) -> list[Row]:
    name, settings = record["variable"], columns.settings
    groups = [record["group_1"], record["group_2"], "total"][-len(columns.suffixes) :]
    n = {(row["category"], row["group"]): row["n"] for row in categories}
    known = [sum(count for (_, of), count in n.items() if of == group) for group in groups]

    def shares(category: str) -> list[Cell]:
        return [
            Cell(fmt.count_percent(n.get((category, group), 0), of_group))
            for group, of_group in zip(groups, known, strict=True)
        ]

    label = _row_label(words.label_with_unit(name, settings), record, columns, letters)
    end = columns.end(record, letters)
    found = ordered_categories(name, (category for category, _ in n), settings)
    if found == [NO, YES] and settings.report.yes_no_rows == "yes_only":
        return [columns.row(label, shares(YES), end)]
    return [
        columns.row(label, [], end),
        *(
            columns.row(Cell(words.capitalised(category), indent=True), shares(category), [])
            for category in found
        ),
    ]


def statistic_phrase(record: Record) -> str:
    """Print a test's statistic with its degrees of freedom, ``t(197) = 2.34``."""
    name = words.STATISTICS.get(text_of(record, "test"), "")
    value = fmt.number(record["statistic"], 2)
    if not name or value == fmt.ABSENT:
        return fmt.ABSENT
    df = record["df"]
    places = 0 if float(df).is_integer() else 1
    of_df = "" if fmt.number(df, 0) == fmt.ABSENT else f"({fmt.number(df, places)})"
    return fmt.NO_BREAK.join((f"{name}{of_df}", "=", value))
