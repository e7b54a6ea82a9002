"""A regression as a part of the report: a row a term, alone and with all others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bonecohort.analyses.printing import CI, SIGNIFICANCE, named, p_cell, term_label, warned
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval
from bonecohort.report.records import Record, records
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    blank,
    first_left,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import RegressionOfVariables

MODELS = {"univariate": "Alone", "multivariable": "Together"}
ODDS = ("odds_ratio", "ci_low", "ci_high")
TITLES = {
    "linear": "Linear regression of {outcome}",
    "logistic": "Logistic regression of {outcome}",
    "ordinal": "Ordinal regression of {outcome}",
}


def contribution(asked: RegressionOfVariables, result: Found) -> Contribution:
    """Return the table, which terms hold together with the others, and the methods."""
    printer = result.printer
    family = result.main["family"].iloc[0]
    outcome = labels.in_sentence(printer.label(asked.outcome))
    title = TITLES[family].format(outcome=outcome)
    return result.contribution(
        title,
        [significant_terms(records(result.main, model="multivariable"), outcome, result)],
        [table(asked, result, title)],
        (title, methods_text(asked, family, result)),
    )


def significant_terms(rows: list[Record], outcome: str, result: Found) -> str:
    """Say which terms go with the outcome in the model of all."""
    style = result.printer.report.p_style
    sentences = [
        f"{_in_sentence(row, result.printer)} ({fmt.p_phrase(row['p_value'], style)})"
        for row in rows
        if row["p_value"] < SIGNIFICANCE
    ]
    if all(math.isnan(row["p_value"]) for row in rows):
        return ""
    where = f"[#{result.label}]"
    if not sentences:
        return f"With all terms together none went with {outcome} ({where})."
    return f"With all terms together {fmt.listed(sentences)} went with {outcome} ({where})."


def _in_sentence(row: Record, printer: Printer) -> str:
    return labels.in_sentence(term_label(row, printer, with_unit=False))


def methods_text(asked: RegressionOfVariables, family: str, result: Found) -> str:
    """Say which model was fitted, on whom, and what its estimates are."""
    printer = result.printer
    levels = printer.variables[asked.outcome].levels
    outcome = labels.in_sentence(printer.label(asked.outcome))
    names = named(asked.terms, printer)
    first = (
        f"Each term ({names}) was entered alone, and all together, on the participants complete "
        f"for the model ([#{result.label}])."
    )
    if family == "linear":
        errors = ", with HC3 standard errors [@long2000]" if asked.errors == "hc3" else ""
        return (
            f"{labels.capitalised(outcome)} was modelled by ordinary least squares{errors}. "
            f"{first} Estimates are differences per unit of the term, or against its reference "
            "category."
        )
    if family == "ordinal":
        return (
            f"{labels.capitalised(outcome)} ({', '.join(levels)}) was modelled by proportional "
            f"odds [@mccullagh1980]. {first} Odds ratios are of a higher category; Brant’s test "
            "[@brant1990] shows where the odds may not be proportional."
        )
    event = f"{labels.capitalised(outcome)} ({levels[-1]})"
    return f"{event} was modelled by logistic regression. {first}"


def table(asked: RegressionOfVariables, result: Found, title: str) -> TableModel:
    """Return a row a term: its estimate alone, and together with all others."""
    printer, frame = result.printer, result.main
    family = frame["family"].iloc[0]
    letters = FootnoteLetters()
    by_model = {
        model: {row["term"]: row for row in records(frame, model=model)} for model in MODELS
    }
    terms = dict.fromkeys(term for rows in by_model.values() for term in rows)
    rows = []
    for term in terms:
        own = [by_model[model][term] for model in MODELS if term in by_model[model]]
        label = warned(Cell(term_label(own[0], printer)), own, printer, letters)
        cells: list[Cell] = []
        for model in MODELS:
            row = by_model[model].get(term, {})
            cells += [
                Cell(estimate(row, asked.outcome, printer)),
                p_cell(row.get("p_value"), printer),
            ]
        rows.append((label, *cells))
    what = "Difference" if family == "linear" else "OR"
    unit = printer.unit(asked.outcome) if family == "linear" else ""
    top: Row = (blank(), *(Cell(f"{title} ({_sizes(frame[frame['model'] == model])})", span=2)
                           for model, title in MODELS.items()))  # fmt: skip
    heading = f"{what}{f', {unit}' if unit else ''}\n(95% CI)"
    note = "OR, odds ratio; " if family != "linear" else ""
    return TableModel(
        key=result.label,
        title=title,
        header=(top, (Cell("Term"), *([Cell(heading), Cell("p")] * 2))),
        rows=tuple(rows),
        footnotes=letters.footnotes([f"{note}{CI}. p, {_test(family)}."]),
        alignment=first_left(5),
    )


def estimate(row: Record, outcome: str, printer: Printer) -> str:
    """Print an odds ratio, or a difference in the outcome's unit, with its limits."""
    if not row:
        return fmt.ABSENT
    if row["family"] == "linear":
        return interval(row, printer.decimals(outcome) + 1)
    return fmt.ratio_interval(*(row[name] for name in ODDS))


def _test(family: str) -> str:
    return "t test of a zero slope" if family == "linear" else "Wald’s test"


def _sizes(rows: pd.DataFrame) -> str:
    sizes = sorted({int(n) for n in rows["n"].dropna()})
    return f"n = {'–'.join(map(str, dict.fromkeys((sizes[0], sizes[-1]))))}" if sizes else "n = 0"
