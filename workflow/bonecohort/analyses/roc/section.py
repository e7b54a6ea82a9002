"""ROC curves as a part of the report: areas, cuts, DeLong's comparison, the curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.analyses.printing import CI, p_cell, warned
from bonecohort.report.figures.roc import AUC, SIGNS
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval
from bonecohort.report.records import Record, records
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel, first_left

if TYPE_CHECKING:
    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Roc

SENSITIVITY = ("sensitivity", "sensitivity_ci_low", "sensitivity_ci_high")
SPECIFICITY = ("specificity", "specificity_ci_low", "specificity_ci_high")
CAPTION = "ROC curves for {event}; a dot marks Youden’s cut."
PERCENT = 100


def event_words(asked: Roc, printer: Printer) -> str:
    """Name the event: ``fracture``, ``sex (female)``, ``T-score ≤ −2.5``."""
    label = printer.label(asked.of)
    if asked.at_or_below is not None:
        places = 0 if float(asked.at_or_below).is_integer() else 1
        return f"{label} ≤ {fmt.number(asked.at_or_below, places)}"
    event = printer.variables[asked.of].levels[-1]
    plain = labels.in_sentence(label)
    return plain if event == "yes" else f"{plain} ({event})"


def contribution(asked: Roc, result: Found) -> Contribution:
    """Return areas and cuts, the comparison where there are two predictors, and the methods."""
    event = event_words(asked, result.printer)
    compared = [comparison_table(result)] if len(result.frames["compared"]) else []
    title = f"ROC curves for {event}"
    return result.contribution(
        title,
        [best(result, event)],
        [table(result, event), result.figure(CAPTION.format(event=event)), *compared],
        (title, methods_text(result, event)),
    )


def methods_text(result: Found, event: str) -> str:
    """Say how areas, cuts and comparisons were computed, and which values are positive."""
    rows = records(result.main)
    sides = {"above": "high", "below": "low"}
    said = {
        words: [
            labels.in_sentence(result.printer.label(row["predictor"]))
            for row in rows
            if row["direction"] == side
        ]
        for side, words in sides.items()
    }
    directions = " and ".join(
        f"{words} values of {fmt.joined(names)}" for words, names in said.items() if names
    )
    compared = (
        f" Areas were compared on the participants who have both predictors by DeLong’s test, with "
        f"Holm’s correction [@holm1979] ([#{result.label}_compared])."
        if len(result.frames["compared"])
        else ""
    )
    return (
        f"{labels.capitalised(directions)} speak for {event}. Areas under the curves have "
        "DeLong’s limits [@delong1988], the cut is Youden’s [@youden1950] with bootstrap limits, "
        "sensitivity and specificity at it have Wilson’s [@wilson1927] "
        f"([#{result.label}]).{compared}"
    )


def best(result: Found, event: str) -> str:
    """Say which predictor has the largest area."""
    rows = records(result.main.dropna(subset=["auc"]))
    if not rows:
        return ""
    most = max(rows, key=lambda row: row["auc"])
    label = labels.in_sentence(result.printer.label(most["predictor"]))
    largest = "The largest area" if len(rows) > 1 else "The area"
    return (
        f"{largest} under the ROC curve for {event} was that of {label} "
        f"({interval(most, 2, AUC)}; [#{result.label}])."
    )


def table(result: Found, event: str) -> TableModel:
    """Return a row a predictor."""
    printer, letters = result.printer, FootnoteLetters()
    header = (Cell("Predictor"), Cell("n (events)"), Cell("AUC\n(95% CI)"), Cell("Cut\n(95% CI)"),
              Cell("Sensitivity, %\n(95% CI)"), Cell("Specificity, %\n(95% CI)"))  # fmt: skip
    return TableModel(
        key=result.label,
        title=f"Predictors of {event}",
        header=(header,),
        rows=tuple(_row(row, printer, letters) for row in records(result.main)),
        footnotes=letters.footnotes([f"AUC, area under the ROC curve; {CI}; cut, Youden’s."]),
        alignment=first_left(len(header)),
        wide=True,
    )


def _row(row: Record, printer: Printer, letters: FootnoteLetters) -> Row:
    name = row["predictor"]
    columns = ("youden_cut", "youden_cut_ci_low", "youden_cut_ci_high")
    cut = interval(row, printer.decimals(name), columns)
    sign = f"{SIGNS[row['direction']]}{cut}" if cut != fmt.ABSENT else cut
    return (
        warned(Cell(printer.label_with_unit(name)), [row], printer, letters),
        Cell(f"{fmt.number(row['n'], 0)} ({fmt.number(row['events'], 0)})"),
        Cell(interval(row, 2, AUC)),
        Cell(sign),
        Cell(interval(row, 1, SENSITIVITY, times=PERCENT)),
        Cell(interval(row, 1, SPECIFICITY, times=PERCENT)),
    )


def comparison_table(result: Found) -> TableModel:
    """Return a row each two predictors: the difference of their areas, and DeLong's p."""
    printer, letters = result.printer, FootnoteLetters()

    def name(row: Record, place: int) -> str:
        return printer.label(row[f"predictor_{place}"])

    rows: list[Row] = [
        (
            warned(Cell(f"{name(row, 1)} − {name(row, 2)}"), [row], printer, letters),
            Cell(fmt.number(row["n"], 0)),
            Cell(interval(row, 3, ("difference", "ci_low", "ci_high"))),
            p_cell(row["p_value"], printer),
            p_cell(row["p_adjusted"], printer),
        )
        for row in records(result.frames["compared"])
    ]
    header = (Cell("Predictors"), Cell("n"), Cell("Difference of AUC\n(95% CI)"), Cell("p"),
              Cell("p, Holm"))  # fmt: skip
    return TableModel(
        key=f"{result.label}_compared",
        title="Areas under the ROC curves, compared",
        header=(header,),
        rows=tuple(rows),
        footnotes=letters.footnotes([f"p, DeLong’s test; {CI}."]),
        alignment=first_left(len(header)),
    )
