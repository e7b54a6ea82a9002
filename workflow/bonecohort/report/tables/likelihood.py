"""Table S8: the models of Table 3 with likelihood-ratio limits and Firth's penalty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import estimates
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.terms import MODELS
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.footnote_marks import remarked
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
)
from bonecohort.statistics.regression.logistic_published import P_VALUE_TEST
from bonecohort.statistics.regression.logistic_recommended import (
    FIRTH_METHOD,
    MAXIMUM_LIKELIHOOD,
    P_VALUE_TESTS,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer


def likelihood_table(
    models: pd.DataFrame, recommended: pd.DataFrame, printer: Printer
) -> TableModel:
    """Build Table S8: Wald, profile and Firth limits of each factor side by side."""
    letters = FootnoteLetters()
    published, chosen = PrintedTests(printer.report.p_style), PrintedTests(printer.report.p_style)
    rows: list[Row] = []
    for model in MODELS:
        shown = records(recommended, model=model, shown="yes")
        if shown:
            rows.append((Cell(f"{model.capitalize()}"), *[blank()] * 8))
        wald = {row["term"]: row for row in records(models, model=model)}
        by_method = {
            method: {row["term"]: row for row in records(recommended, model=model, method=method)}
            for method in (MAXIMUM_LIKELIHOOD, FIRTH_METHOD)
        }
        for row in shown:
            likelihood, firth = (result.get(row["term"], {}) for result in by_method.values())
            rows.append(
                (
                    Cell(estimates.factor(row["term"], printer), indent=True),
                    *_pair(wald.get(row["term"], {}), printer, published),
                    Cell(estimates.odds_text(likelihood, printer)),
                    Cell(estimates.odds_text(firth, printer)),
                    remarked(Cell(estimates.method_name(row)), row, printer, letters),
                    chosen.cell(row["p_value"], P_VALUE_TESTS.get(text_of(row, "method"), "")),
                    Cell(printer.p(row["p_adjusted"])),
                    Cell(fmt.number(row["events_per_term"], 1)),
                )
            )
    return TableModel(
        key="likelihood",
        series="S",
        title="Factors of [#factors] with likelihood-ratio limits and Firth’s penalty",
        header=(
            (
                Cell(""),
                Cell("Conventional (Wald)", span=2),
                Cell("Likelihood ratio"),
                Cell("Firth’s penalty"),
                Cell("Recommended", span=4),
            ),
            (
                Cell("Factor"),
                Cell("OR (95% CI)"),
                Cell("p"),
                Cell("OR (95% CI)"),
                Cell("OR (95% CI)"),
                Cell("Method"),
                Cell("p"),
                Cell("p, Holm"),
                Cell("Events per term"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "OR, odds ratio, per 10 units of age and HU; CI, confidence interval, from the "
                    "profile of the (penalized) likelihood where not Wald’s. Firth’s result is the "
                    "recommended one where the outcome is separated. Events, the rarer outcome."
                ),
                *filter(None, (published.note("p, conventional"), chosen.note("p, recommended"))),
                "p, Holm: corrected for all terms of both models.",
            ]
        ),
        alignment=first_left(9),
        wide=True,
    )


def _pair(row: Record, printer: Printer, tests: PrintedTests) -> tuple[Cell, Cell]:
    p_cell = tests.cell(row.get("p_value"), P_VALUE_TEST)
    return Cell(estimates.odds_text(row, printer)), p_cell
