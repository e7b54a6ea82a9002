"""Prevalences as a part of the report: a row a variable and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.analyses.prevalence.compute import ALL
from bonecohort.analyses.printing import CI, named, warned
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval, percent_interval, with_category
from bonecohort.report.records import Record, records
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel, first_left

if TYPE_CHECKING:
    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Prevalence

SHARE = ("percent", "ci_low", "ci_high")


def contribution(asked: Prevalence, result: Found) -> Contribution:
    """Return the table, the shares of all, and the methods."""
    printer = result.printer
    title = f"Prevalence of {named(asked.of, printer)}"
    shown = records(result.main, shown="yes", group=ALL)
    sentences = [_sentence(row, asked, result) for row in shown if row["n_sites"]]
    nested = asked.among == "sites"
    methods = (
        "Prevalences have Wilson’s limits [@wilson1927]"
        + (
            "; where participants have several sites, cluster-robust limits of the logit, with "
            "participants as the independent units [@liang1986]"
            if nested
            else ""
        )
        + f" ([#{result.label}])."
    )
    return result.contribution(title, sentences, [table(asked, result, title)], (title, methods))


def _category(name: str, printer: Printer) -> str:
    return with_category(printer.label(name), printer.variables[name].levels[-1])


def _sentence(row: Record, asked: Prevalence, result: Found) -> str:
    what = labels.in_sentence(_category(row["of"], result.printer))
    unit = "site" if asked.among == "sites" else "participant"
    return (
        f"Of {fmt.counted(row['n_sites'], unit)}, {int(row['n'])} had {what} "
        f"({percent_interval(row, SHARE)}; [#{result.label}])."
    )


def table(asked: Prevalence, result: Found, title: str) -> TableModel:
    """Return a row a variable, group by group and of all together."""
    printer, letters = result.printer, FootnoteLetters()
    among = "sites" if asked.among == "sites" else "participants"
    first = "Variable" if not asked.by else f"By {named([asked.by], printer)}"
    rows: list[Row] = []
    for name in asked.of:
        own = records(result.main, shown="yes", of=name)
        if asked.by:
            rows.append((Cell(_category(name, printer)), Cell(""), Cell("")))
        rows += [_row(row, name, asked, printer, letters) for row in own]
    return TableModel(
        key=result.label,
        title=title,
        header=((Cell(first), Cell(f"n / {among}"), Cell("Percent\n(95% CI)")),),
        rows=tuple(rows),
        footnotes=letters.footnotes([f"{CI}."]),
        alignment=first_left(3),
    )


def _row(
    row: Record, name: str, asked: Prevalence, printer: Printer, letters: FootnoteLetters
) -> Row:
    group = "All" if row["group"] == ALL else labels.capitalised(row["group"])
    label = Cell(group, indent=True) if asked.by else Cell(_category(name, printer))
    return (
        warned(label, [row], printer, letters),
        Cell(f"{int(row['n'])} / {int(row['n_sites'])}"),
        Cell(interval(row, 1, SHARE)),
    )
