"""Table 1: what the participants are like, in groups and together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.circular_variables import circular_note
from bonecohort.report.printing.estimates import with_category
from bonecohort.report.printing.groups import description, group_sizes, ordered_categories
from bonecohort.report.records import Record, records
from bonecohort.report.tables.characteristics_columns import TOTAL, Columns, largest_smds
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    first_left,
    with_marks,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

TITLE = "Characteristics of the participants"
NO, YES = "no", "yes"


def table_1(
    comparisons: pd.DataFrame,
    counts: pd.DataFrame,
    effects: pd.DataFrame,
    participants: pd.DataFrame,
    settings: Settings,
    *,
    printer: Printer,
) -> TableModel:
    """Build Table 1: the participants of one group against those of the others.

    Where no participant has a known group, all participants are described together.
    """
    sizes = group_sizes(participants, settings.analysis.table1_grouping, printer)
    analysis = settings.analysis
    columns = Columns(
        sizes,
        sum(sizes) or len(participants),
        largest_smds(effects),
        analysis.table1_grouping,
        analysis.table1_rows,
        printer,
    )
    shown = {row["variable"]: row for row in records(comparisons, table="table1", shown="yes")}
    letters = FootnoteLetters()
    rows: list[Row] = []
    for name in columns.rows:
        if name in shown:
            categories = records(counts, table="table1", variable=name)
            if categories:
                rows += _categorical_rows(shown[name], categories, columns, letters)
            else:
                rows.append(_continuous_row(shown[name], columns, letters))
    n_unread = len(participants) - columns.n_total
    return TableModel(
        key="characteristics",
        series="",
        title=f"{TITLE} {columns.split.by}" if columns.compared else TITLE,
        header=columns.header(),
        rows=tuple(rows),
        footnotes=letters.footnotes(_general_notes(shown, n_unread, columns)),
        alignment=first_left(len(columns.header()[-1])),
        wide=columns.wide,
    )


def _general_notes(shown: dict[str, Record], n_unread: int, columns: Columns) -> list[str]:
    printer = columns.printer
    notes = ["Values are mean ± SD or n (%)."]
    if any(printer.has_median(name) for name in shown):
        notes = ["Values are mean ± SD, n (%), or, where said, median (first–third quartile)."]
    if printer.report.percentages == "row":
        notes[0] += " Percentages are of the row’s total."
    if columns.compared and TOTAL in columns.suffixes:
        which = "all" if columns.split.has_several else "both"
        notes[0] += f" Total, {which} groups together."
    if columns.compared and printer.report.show_smd:
        whose = ", of the two groups furthest apart" if columns.split.has_several else ""
        notes[0] += f" SMD, standardized mean difference{whose}."
    if n_unread:
        whose = fmt.counted(n_unread, "participant")
        notes.append(f"{whose} whose {columns.split.unknown}: in no column.")
    if columns.compared:
        names = [name for name in columns.rows if name in shown]
        note = circular_note(columns.grouping, names, printer)
        notes += [note] if note else []
    absent = [labels.in_sentence(printer.label(name)) for name in columns.rows if name not in shown]
    if absent:
        notes.append(f"Not in the study’s data, so not shown: {fmt.joined(absent)}.")
    return notes


def _row_label(text: str, record: Record, columns: Columns, letters: FootnoteLetters) -> Cell:
    cell = Cell(text, href="#participants-table", sort_by=record["variable"])
    *of_groups, in_total = columns.missing(record)
    if not in_total:
        return cell
    whose = columns.split.counted(*of_groups)
    if not columns.compared:
        whose = fmt.counted(in_total, "participant")
    note = f"Missing in {whose}; missing values are in no percentage and no test."
    return with_marks(cell, letters.mark(note))


def _continuous_row(record: Record, columns: Columns, letters: FootnoteLetters) -> Row:
    name, printer = record["variable"], columns.printer
    text = printer.label_with_unit(name)
    if printer.has_median(name):
        text += ", median (Q1–Q3)"
    described = [Cell(description(record, suffix, printer)) for suffix in columns.suffixes]
    label = _row_label(text, record, columns, letters)
    return columns.row(label, described, columns.end(record, letters))


def _categorical_rows(
    record: Record, categories: list[Record], columns: Columns, letters: FootnoteLetters
) -> list[Row]:
    name, printer = record["variable"], columns.printer
    groups = columns.groups(record)
    n = {(row["category"], row["group"]): row["n"] for row in categories}
    known = {group: sum(count for (_, of), count in n.items() if of == group) for group in groups}
    of_row = printer.report.percentages == "row"

    def shares(category: str) -> list[Cell]:
        return [
            Cell(
                fmt.count_percent(
                    n.get((category, group), 0),
                    n.get((category, TOTAL), 0) if of_row else known[group],
                )
            )
            for group in groups
        ]

    result = ordered_categories(name, (category for category, _ in n), printer)
    on_one_row = {
        "both": False, "yes_only": result == [NO, YES], "last_only": len(result) == 2,
    }[printer.report.yes_no_rows]  # fmt: skip
    text = printer.label_with_unit(name)
    if on_one_row:
        text = with_category(text, result[-1])
    label = _row_label(text, record, columns, letters)
    end = columns.end(record, letters)
    if on_one_row:
        return [columns.row(label, shares(result[-1]), end)]
    return [
        columns.row(label, [], end),
        *(
            columns.row(Cell(labels.capitalised(category), indent=True), shares(category), [])
            for category in result
        ),
    ]
