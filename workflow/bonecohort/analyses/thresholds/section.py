"""Thresholds as a part of the report: a row a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.analyses.printing import CI, p_cell, warned
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel, first_left

if TYPE_CHECKING:
    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Thresholds

RULES = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
SENSITIVITY = ("sensitivity", "sensitivity_ci_low", "sensitivity_ci_high")
SPECIFICITY = ("specificity", "specificity_ci_low", "specificity_ci_high")
ODDS = ("odds_ratio", "ci_low", "ci_high")
PERCENT = 100


def contribution(asked: Thresholds, result: Found) -> Contribution:
    """Return the table and the methods."""
    printer = result.printer
    label = labels.in_sentence(printer.label(asked.of))
    event = split_words(asked.outcome, printer).event
    title = f"Thresholds of {label}"
    methods = (
        f"Values of {label} were called positive by each threshold. The odds ratio of {event} in "
        "positive against other values has Woolf’s limits and Wald’s p, sensitivity and "
        f"specificity have Wilson’s limits [@wilson1927] ([#{result.label}])."
    )
    return result.contribution(title, [], [table(asked, result, event)], (title, methods))


def table(asked: Thresholds, result: Found, event: str) -> TableModel:
    """Return a row a threshold and rule."""
    printer, letters = result.printer, FootnoteLetters()
    header = (Cell(printer.label_with_unit(asked.of)), Cell("Positive, n (%)"),
              Cell("OR\n(95% CI)"), Cell("p"), Cell("Sensitivity, %\n(95% CI)"),
              Cell("Specificity, %\n(95% CI)"))  # fmt: skip
    return TableModel(
        key=result.label,
        title=f"Thresholds of {labels.in_sentence(printer.label(asked.of))} for {event}",
        header=(header,),
        rows=tuple(_row(row, asked.of, printer, letters) for row in records(result.main)),
        footnotes=letters.footnotes([f"OR, odds ratio of {event}; {CI}."]),
        alignment=first_left(len(header)),
        wide=True,
    )


def _row(row: Record, name: str, printer: Printer, letters: FootnoteLetters) -> Row:
    places = printer.decimals(name)
    rule = f"{RULES[row['rule']]}{fmt.number(row['threshold'], places)}"
    return (
        warned(Cell(rule), [row], printer, letters),
        Cell(fmt.count_percent(row["n_below"], row["n"])),
        Cell(fmt.ratio_interval(*(row[column] for column in ODDS))),
        p_cell(row["p_value"], printer),
        Cell(interval(row, 1, SENSITIVITY, times=PERCENT)),
        Cell(interval(row, 1, SPECIFICITY, times=PERCENT)),
    )
