"""Table 3: odds ratios of the logistic regressions, one factor a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.circular_variables import circular_note
from bonecohort.report.printing.groups import ordered_categories
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.printing.terms import (
    CATEGORY_TERM,
    MODELS,
    ratio_of_units,
)
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.printed_tests import PrintedTests
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
    with_marks,
)
from bonecohort.statistics.regression.logistic_published import P_VALUE_TEST

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.settings import Settings

LEFT_OUT = "left out"  # how the statistics' warning of an unused term begins
UNIT_OF_ONE = {"years": "year"}


def table_3(models: pd.DataFrame, settings: Settings, printer: Printer) -> TableModel:
    """Build Table 3: factors associated with the outcome."""
    outcome = settings.analysis.outcome
    event = split_words(outcome, printer).event
    fitted = {
        model: {row["term"]: row for row in records(models, model=model, outcome=outcome)}
        for model in MODELS
    }
    factors = list(
        dict.fromkeys((*settings.analysis.univariate_terms, *settings.analysis.multivariable_terms))
    )
    letters, tests = FootnoteLetters(), PrintedTests(printer.report.p_style)
    rows: list[Row] = []
    not_entered = [factor for factor in factors if was_left_out(factor, fitted)]
    for factor in factors:
        if factor not in not_entered:
            rows += _factor_rows(factor, fitted, printer, letters, tests)
    general = _general_notes(fitted, settings, printer, tests)
    circular = circular_note(
        outcome, [name for name in factors if name not in not_entered], printer
    )
    general += [circular] if circular else []
    if not_entered:
        names = fmt.joined([labels.in_sentence(printer.label(factor)) for factor in not_entered])
        general.append(f"Not entered, as they have no values or one value only: {names}.")
    return TableModel(
        key="factors",
        series="",
        title=f"Factors associated with {event}: logistic regression",
        header=(
            (Cell(""), Cell("Univariate", span=2), Cell("Multivariable", span=2)),
            (Cell("Factor"), *[Cell("OR (95% CI)"), Cell("p")] * 2),
        ),
        rows=tuple(rows),
        footnotes=letters.footnotes(general),
        alignment=first_left(5),
    )


def was_left_out(factor: str, fitted: dict[str, dict[str, Record]]) -> bool:
    """Return whether no model could use a factor: no column, no value, or one value only."""
    rows = [
        row
        for terms in fitted.values()
        for term, row in terms.items()
        if term == factor or term.startswith(f"{factor}[")
    ]
    return bool(rows) and all(text_of(row, "warning").startswith(LEFT_OUT) for row in rows)


def _general_notes(
    fitted: dict[str, dict[str, Record]], settings: Settings, printer: Printer, tests: PrintedTests
) -> list[str]:
    outcome = split_words(settings.analysis.outcome, printer)
    notes = [
        (
            f"OR, odds ratio of {outcome.having}; CI, confidence interval; HU, Hounsfield "
            f"unit. Maximum likelihood; confidence intervals by Wald’s method. {tests.note()}"
        ),
    ]
    univariate = _size_phrase(fitted["univariate"], outcome.event)
    if univariate:
        notes.append(f"Univariate: each factor alone ({univariate}).")
    multivariable = _size_phrase(fitted["multivariable"], outcome.event)
    if multivariable:
        terms = [
            labels.in_sentence(printer.label(name))
            for name in settings.analysis.multivariable_terms
        ]
        notes.append(f"Multivariable: {fmt.joined(terms)} together ({multivariable}).")
    return notes


def _size_phrase(terms: dict[str, Record], event: str) -> str:
    sizes = sorted({(int(row["n"]), int(row["events"])) for row in terms.values()})
    if not sizes:
        return ""
    n, events = zip(*sizes, strict=True)
    text = fmt.n_and_events(n, events, f"with {event}")
    return text if len(sizes) == 1 else f"{text}, as missing values differ"


def _factor_rows(
    factor: str,
    fitted: dict[str, dict[str, Record]],
    printer: Printer,
    letters: FootnoteLetters,
    tests: PrintedTests,
) -> list[Row]:
    if any(factor in terms for terms in fitted.values()):
        return _continuous_rows(factor, fitted, printer, letters, tests)
    return _categorical_rows(factor, fitted, printer, letters, tests)


def _categories(factor: str, fitted: dict[str, dict[str, Record]]) -> list[str]:
    """Return the categories of a factor that any model has a term for."""
    result = (CATEGORY_TERM.match(term) for terms in fitted.values() for term in terms)
    named = [match["category"] for match in result if match and match["variable"] == factor]
    return list(dict.fromkeys(named))


def _continuous_rows(
    factor: str,
    fitted: dict[str, dict[str, Record]],
    printer: Printer,
    letters: FootnoteLetters,
    tests: PrintedTests,
) -> list[Row]:
    unit = printer.unit(factor)
    one = f", per {UNIT_OF_ONE.get(unit, unit)}" if unit else ", per unit"
    label = Cell(f"{printer.label(factor)}{one}", href="#participants-table",
                 sort_by=factor)  # fmt: skip
    result = [fitted[model].get(factor) for model in MODELS]
    rows: list[Row] = [(label, *_both(result, printer, letters, tests))]
    if (units := printer.ratio_units(factor)) > 1:
        several = Cell(f"per {units} {unit or 'units'}", indent=True)
        ratios = [Cell(ratio_of_units(row, units)) if row else blank() for row in result]
        rows.append((several, ratios[0], blank(), ratios[1], blank()))
    return rows


def _categorical_rows(
    factor: str,
    fitted: dict[str, dict[str, Record]],
    printer: Printer,
    letters: FootnoteLetters,
    tests: PrintedTests,
) -> list[Row]:
    categories = _categories(factor, fitted)
    if not categories:
        return []

    def term(category: str) -> list[Record | None]:
        return [fitted[model].get(f"{factor}[{category}]") for model in MODELS]

    first = [row for row in term(categories[0]) if row]
    reference = text_of(first[0], "reference")
    heading = Cell(printer.label(factor), href="#participants-table", sort_by=factor)
    in_model = [any(row is not None for row in pair) for pair in zip(*map(term, categories),
                                                                     strict=True)]  # fmt: skip
    references = [Cell("Reference" if present else "") for present in in_model]
    rows: list[Row] = [(heading, *[blank()] * 4)]
    if reference:
        name = Cell(labels.capitalised(reference), indent=True)
        rows.append((name, references[0], blank(), references[1], blank()))
    for category in ordered_categories(factor, categories, printer):
        name = Cell(labels.capitalised(category), indent=True)
        rows.append((name, *_both(term(category), printer, letters, tests)))
    return rows


def _both(
    result: list[Record | None],
    printer: Printer,
    letters: FootnoteLetters,
    tests: PrintedTests,
) -> list[Cell]:
    cells: list[Cell] = []
    for row in result:
        if row is None:
            cells += [blank(), blank()]
            continue
        text = fmt.ratio_interval(row["odds_ratio"], row["ci_low"], row["ci_high"])
        warning = letters.mark(printer.warning_sentence(text_of(row, "warning")))
        cells += [
            with_marks(Cell(text), warning),
            tests.cell(row["p_value"], P_VALUE_TEST),
        ]
    return cells
