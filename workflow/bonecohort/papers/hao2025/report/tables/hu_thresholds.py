"""Tables S11 and S12: HU against bone densitometry, and other thresholds of HU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.figures.roc import SIGNS
from bonecohort.report.printing import estimates
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    first_left,
    left_empty,
)
from bonecohort.statistics.prediction.thresholds import P_VALUE_TEST

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

SENSITIVITY = ("sensitivity", "sensitivity_ci_low", "sensitivity_ci_high")
SPECIFICITY = ("specificity", "specificity_ci_low", "specificity_ci_high")
PERCENT = 100
RULES = {"<": "<", "<=": "≤"}
HU = "HU"


def roc_table(roc: pd.DataFrame, printer: Printer) -> TableModel:
    """Build Table S11: HU against the T-score; absent, with the reason, where none was computed."""
    letters = FootnoteLetters()
    result = records(roc)
    all_hu = all(printer.unit(row["predictor"]) == HU for row in result)
    outcomes = list(dict.fromkeys(_standard(row["outcome"], printer) for row in result))
    table = TableModel(
        key="roc",
        series="S",
        title=(
            f"{HU if all_hu else 'Predictors'} against bone densitometry "
            f"({fmt.joined(outcomes) or 'T-score'})"
        ),
        header=(
            (
                Cell("Predictor"),
                Cell("n\n(low T-score)"),
                Cell("AUC (95% CI)"),
                Cell(f"Best threshold{f', {HU}' if all_hu else ''}\n(95% CI)"),
                Cell("Youden index"),
                Cell("Sensitivity, %\n(95% CI)"),
                Cell("Specificity, %\n(95% CI)"),
            ),
        ),
        rows=tuple(_roc_row(row, printer, letters, all_hu=all_hu) for row in result),
        footnotes=letters.footnotes(
            [
                (
                    "AUC, area under the ROC curve, DeLong’s confidence interval (CI). The best "
                    "threshold has the largest Youden index (sensitivity + specificity − 1); its "
                    "interval is of bootstrap percentiles, those of sensitivity and specificity "
                    "are Wilson’s. Chosen in these data, it performs worse in others."
                )
            ]
        ),
        alignment=first_left(7),
        wide=True,
    )
    if roc["auc"].notna().any() or not result:
        return table
    return left_empty(table, _reason(result[0], printer))


def _reason(row: Record, printer: Printer) -> str:
    """Say why nothing was computed, in the words of the statistics."""
    return printer.warning_text(text_of(row, "warning")).rstrip(".") + "."


def _standard(outcome: str, printer: Printer) -> str:
    """Print ``t_score <= -2.5`` with the variable's label and the field's signs."""
    variable, _, rest = outcome.partition(" ")
    printed = rest.replace("<=", "≤").replace("-", "−")
    return f"{printer.label(variable)} {printed}".strip()


def _roc_row(row: Record, printer: Printer, letters: FootnoteLetters, *, all_hu: bool) -> Row:
    name, columns = row["predictor"], ("youden_cut", "youden_cut_ci_low", "youden_cut_ci_high")
    cut = estimates.interval(row, printer.decimals(name), columns)
    sign = "" if all_hu or cut == fmt.ABSENT else SIGNS[row["direction"]]
    plain, with_unit = printer.label(name), printer.label_with_unit(name)
    return (
        Cell(plain if all_hu else with_unit),
        Cell(f"{fmt.number(row['n'], 0)} ({fmt.number(row['events'], 0)})"),
        remarked(
            Cell(estimates.interval(row, 2, ("auc", "ci_low", "ci_high"))), row, printer, letters
        ),
        Cell(f"{sign}{cut}"),
        Cell(fmt.number(row["youden_index"], 2)),
        Cell(estimates.interval(row, 1, SENSITIVITY, PERCENT)),
        Cell(estimates.interval(row, 1, SPECIFICITY, PERCENT)),
    )


def threshold_table(thresholds: pd.DataFrame, settings: Settings, printer: Printer) -> TableModel:
    """Build Table S12: what other thresholds of total spine HU would have shown."""
    outcome = split_words(settings.analysis.outcome, printer)
    letters, tests = FootnoteLetters(), PrintedTests(printer.report.p_style)
    rows = [_threshold_row(row, printer, letters, tests) for row in records(thresholds)]
    return TableModel(
        key="thresholds",
        series="S",
        title="Sensitivity of the results to the threshold of total spine HU",
        header=(
            (
                Cell("Low HU"),
                Cell("Participants\nbelow, n (%)"),
                Cell(f"OR of {outcome.event}\n(95% CI)"),
                Cell("p"),
                Cell("Sensitivity for low\nT-score, % (95% CI)"),
                Cell("Specificity,\n% (95% CI)"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    f"OR, odds ratio of {outcome.having} below against above the threshold "
                    "(Woolf’s confidence interval, CI). Sensitivity and specificity against the "
                    "T-score, Wilson’s limits."
                ),
                f"{tests.note()} p values are not corrected for the number of thresholds.".strip(),
            ]
        ),
        alignment=first_left(6),
        wide=True,
    )


def _threshold_row(
    row: Record, printer: Printer, letters: FootnoteLetters, tests: PrintedTests
) -> Row:
    below = fmt.number(row["n_below"], 0)
    odds = fmt.ratio_interval(row["odds_ratio"], row["ci_low"], row["ci_high"])
    return (
        Cell(f"{RULES[row['rule']]} {row['threshold']:g} HU"),
        Cell(f"{below} ({fmt.number(row['percent_below'], 1)}%)"),
        remarked(Cell(odds), row, printer, letters),
        tests.cell(row["p_value"], P_VALUE_TEST),
        Cell(estimates.interval(row, 1, SENSITIVITY, PERCENT)),
        Cell(estimates.interval(row, 1, SPECIFICITY, PERCENT)),
    )
