"""Tables S13 to S15: missing values, the imputed model, and the sample size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bonecohort.report.printing import estimates, labels
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.diagnostics import model_name
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
    left_empty,
)
from bonecohort.statistics.missing.pooling import POOLED_TEST
from bonecohort.statistics.regression.logistic_published import P_VALUE_TEST

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

QUANTITIES = {
    "n_per_group": ("Needed in each group", 0),
    "n_total": ("Needed in all", 0),
    "smallest_difference_sd": ("Smallest difference shown, SD", 2),
    "half_width_reached": ("Half width reached", 3),
    "smallest_odds_ratio_per_sd": ("Smallest odds ratio shown, per SD", 2),
}


def missing_table(missing: pd.DataFrame, printer: Printer) -> TableModel:
    """Build Table S13: missing values of each variable, and participants lost to each model."""
    letters = FootnoteLetters()
    rows: list[Row] = []
    for scope, heading in (("variable", "Variables"), ("model", "Models")):
        result = records(missing, scope=scope)
        if result:
            rows.append((Cell(heading), *[blank()] * 4))
        for row in result:
            name = printer.label(row["variables"]) if scope == "variable" else ""
            label = name or _model(row, printer)
            rows.append(
                (
                    remarked(Cell(label, indent=True), row, printer, letters),
                    *(
                        Cell(fmt.number(row[column], 0))
                        for column in ("n_participants", "n_complete", "n_missing")
                    ),
                    Cell(fmt.number(row["percent_missing"], 1)),
                )
            )
    return TableModel(
        key="missing",
        series="S",
        title="Missing values",
        header=(
            (
                Cell("Variable or model"),
                Cell("Participants"),
                Cell("Complete"),
                Cell("Missing"),
                Cell("Missing, %"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            ["Complete, of a model: outcome and all factors known; the others are left out of it."]
        ),
        alignment=first_left(5),
    )


def _model(row: Record, printer: Printer) -> str:
    name = model_name(row, printer)
    return name if row["model"] == "multivariable" else f"{name}, univariate"


def imputation_table(imputation: pd.DataFrame, printer: Printer) -> TableModel:
    """Build Table S14: the multivariable model of complete cases beside the imputed one."""
    letters = FootnoteLetters()
    of_complete, of_imputed = (
        PrintedTests(printer.report.p_style),
        PrintedTests(printer.report.p_style),
    )
    complete = {row["term"]: row for row in records(imputation, method="complete_case")}
    imputed = records(imputation, method="multiple_imputation")
    rows = []
    for row in imputed:
        case = complete.get(row["term"], {})
        rows.append(
            (
                Cell(estimates.factor(row["term"], printer)),
                Cell(fmt.number(case.get("n"), 0)),
                Cell(estimates.odds_text(case, printer)),
                of_complete.cell(case.get("p_value"), P_VALUE_TEST),
                Cell(fmt.number(row["n"], 0)),
                remarked(Cell(estimates.odds_text(row, printer)), row, printer, letters),
                of_imputed.cell(row["p_value"], POOLED_TEST),
                Cell(fmt.number(row["fraction_missing_information"], 3)),
            )
        )
    table = TableModel(
        key="imputation",
        series="S",
        title="The multivariable model with missing values imputed",
        header=(
            (
                Cell(""),
                Cell("Complete cases", span=3),
                Cell("Multiple imputation", span=4),
            ),
            (
                Cell("Factor"),
                *[Cell("n"), Cell("OR (95% CI)"), Cell("p")] * 2,
                Cell("Missing information"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "OR, odds ratio, per 10 units of age and HU; CI, confidence interval, Wald’s "
                    "and Rubin’s. Missing information, the share of it lost to missing values."
                ),
                *filter(
                    None,
                    (
                        of_complete.note("p of complete cases"),
                        of_imputed.note("p of multiple imputation"),
                    ),
                ),
            ]
        ),
        alignment=first_left(8),
        wide=True,
    )
    if (
        imputed
        and imputation.loc[imputation["method"] == "multiple_imputation", "odds_ratio"].isna().all()
    ):
        return left_empty(table, f"{text_of(imputed[0], 'warning')}.")
    return table


def sample_size_table(
    sample_size: pd.DataFrame, settings: Settings, printer: Printer
) -> TableModel:
    """Build Table S15: what the stated assumptions ask for, beside what there is."""
    letters = FootnoteLetters()
    rows: list[Row] = []
    question = ""
    event = split_words(settings.analysis.outcome, printer).event
    for row in records(sample_size):
        if row["question"] != question:
            question = row["question"]
            named = question.replace("the outcome", event)
            heading = labels.capitalised(printer.warning_text(named))
            rows.append((Cell(heading), *[blank()] * 4))
        name, decimals = QUANTITIES.get(row["quantity"], (row["quantity"], 2))
        rows.append(
            (
                remarked(Cell(name, indent=True), row, printer, letters),
                Cell(_rounded_up(row["value"]) if not decimals else
                     fmt.number(row["value"], decimals)),
                Cell(fmt.number(row["available"], 0)),
                Cell(text_of(row, "formula").replace("'", "’")),
                Cell(text_of(row, "assumptions")),
            )
        )  # fmt: skip
    return TableModel(
        key="sample_size",
        series="S",
        title="Sample size and what it can show",
        header=(
            (
                Cell("Question"),
                Cell("Value"),
                Cell("Available"),
                Cell("Formula"),
                Cell("Assumptions"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            ["Needed numbers are rounded up. Available, participants of this study."]
        ),
        alignment=("left", "center", "center", "left", "left"),
        wide=True,
    )


def _rounded_up(value: float) -> str:
    return fmt.number(value if math.isnan(value) else math.ceil(value), 0)
