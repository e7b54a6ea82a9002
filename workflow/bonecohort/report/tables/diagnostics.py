"""Tables S9 and S10: how well the models predict, and whether their assumptions hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import estimates, labels
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
    blank,
    first_left,
)
from bonecohort.statistics.prediction.model_performance import APPARENT
from bonecohort.statistics.regression.linearity import LR_P_VALUE_TEST

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

AUC = ("auc", "auc_ci_low", "auc_ci_high")
BY_CONSTRUCTION = tuple(APPARENT.split("; "))


def performance_table(
    performance: pd.DataFrame, settings: Settings, printer: Printer
) -> TableModel:
    """Build Table S9: discrimination and calibration of each model of Table 3."""
    event = split_words(settings.analysis.outcome, printer).event
    letters = FootnoteLetters()
    rows = [_performance_row(row, printer, letters) for row in records(performance)]
    resampled = {int(row["resamples"]) for row in records(performance) if row["resamples"] > 0}
    bootstrap = f" ({fmt.joined([str(n) for n in sorted(resampled)])} resamples)"
    return TableModel(
        key="performance",
        series="S",
        title="Performance of the models of [#factors]",
        header=(
            (
                Cell("Model"),
                Cell(f"n\n(with {event})"),
                Cell("Events per\nvariable"),
                Cell("AUC (95% CI)"),
                Cell("AUC,\ncorrected"),
                Cell("Brier score"),
                Cell("Brier score,\nscaled"),
                Cell("Calibration slope,\ncorrected"),
                Cell("Hosmer–\nLemeshow p"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "AUC, area under the ROC curve, DeLong’s confidence interval (CI). Corrected "
                    f"for optimism by bootstrap{bootstrap if resampled else ''}. Brier score, mean "
                    "squared error of the predicted probability; scaled, its reduction against "
                    "predicting the mean. A model’s calibration slope in its own data is 1 by "
                    "construction; a corrected slope below 1 shows that its predictions are too "
                    "extreme."
                )
            ]
        ),
        alignment=first_left(9),
        wide=True,
    )


def _performance_row(row: Record, printer: Printer, letters: FootnoteLetters) -> Row:
    events = f"{fmt.number(row['n'], 0)} ({fmt.number(row['events'], 0)})"
    return (
        Cell(model_name(row, printer)),
        Cell(events),
        Cell(fmt.number(row["events_per_variable"], 1)),
        remarked(Cell(estimates.interval(row, 2, AUC)), row, printer, letters, BY_CONSTRUCTION),
        Cell(fmt.number(row["auc_corrected"], 2)),
        Cell(fmt.number(row["brier"], 3)),
        Cell(fmt.number(row["brier_scaled"], 3)),
        Cell(fmt.number(row["calibration_slope_corrected"], 2)),
        Cell(printer.p(row["hosmer_lemeshow_p_value"])),
    )


def model_name(row: Record, printer: Printer) -> str:
    """Name a model by its only factor, or as the multivariable one."""
    if row["model"] == "univariate":
        return printer.label(text_of(row, "variables"))
    return "Multivariable"


def assumptions_table(
    inflation: pd.DataFrame, linearity: pd.DataFrame, printer: Printer
) -> TableModel:
    """Build Table S10: collinearity of the multivariable model, linearity of continuous factors."""
    letters, printed = FootnoteLetters(), PrintedTests(printer.report.p_style)
    rows: list[Row] = []
    for model in ("univariate", "multivariable"):
        tests = {(row["term"], row["test"]): row for row in records(linearity, model=model)}
        inflated = {
            row["variable"]: row
            for row in records(inflation, model=model)
            if model == "multivariable"
        }
        terms = list(dict.fromkeys([*inflated, *(term for term, _ in tests)]))
        if terms:
            rows.append((Cell(labels.capitalised(model)), *[blank()] * 4))
        for term in terms:
            vif = inflated.get(term, {})
            pair = [tests.get((term, name), {}) for name in
                    ("box_tidwell", "restricted_cubic_spline")]  # fmt: skip
            spline = pair[1]
            rows.append(
                (
                    Cell(printer.label(term), indent=True),
                    remarked(
                        Cell(fmt.number(vif.get("vif_equivalent"), 2) if vif else ""),
                        vif, printer, letters,
                    ),
                    *(
                        remarked(
                            printed.cell(row["lr_p_value"], LR_P_VALUE_TEST)
                            if row else Cell(""),
                            row, printer, letters,
                        )
                        for row in pair
                    ),
                    Cell("; ".join(_numbers(spline, printer.decimals(term)))),
                )
            )  # fmt: skip
    return TableModel(
        key="assumptions",
        series="S",
        title="Collinearity and linearity of the factors of [#factors]",
        header=(
            (
                Cell("Factor"),
                Cell("Variance inflation"),
                Cell("Box–Tidwell p"),
                Cell("Spline p"),
                Cell("Knots of the spline"),
            ),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [
                (
                    "Variance inflation factor of the multivariable model; of a factor with "
                    "several terms, the generalized one (Fox and Monette) to the power 1/df, the "
                    "scale of a single term: GVIF^(1/df), the square of GVIF^(1/(2 df)). From the "
                    "correlations of the fitted coefficients."
                ),
                (
                    f"{printed.note('Box–Tidwell and spline p')} They ask whether the log odds "
                    "are linear in the factor; a small p speaks against it."
                ),
            ]
        ),
        alignment=first_left(5),
    )


def _numbers(spline: Record, places: int) -> list[str]:
    return [fmt.number(float(knot), places) for knot in text_of(spline, "knots").split()]
