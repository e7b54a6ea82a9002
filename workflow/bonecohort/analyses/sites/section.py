"""A regression of sites as a part of the report: the recommended method beside the naive one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.analyses.printing import CI, named, p_cell, term_label, warned
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.table_model import Cell, FootnoteLetters, Row, TableModel, first_left

if TYPE_CHECKING:
    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import Sites

METHODS = {
    "independent": "sites independent",
    "cluster_robust": "cluster-robust",
    "gee_exchangeable": "GEE",
    "gee_bias_reduced": "GEE, bias-reduced",
}
NAIVE = "independent"
ODDS = ("odds_ratio", "ci_low", "ci_high")


def contribution(asked: Sites, result: Found) -> Contribution:
    """Return the tables of the recommended and the mixed model, and the methods."""
    printer = result.printer
    outcome = labels.in_sentence(printer.label(asked.outcome))
    title = f"{labels.capitalised(outcome)} of sites"
    mixed = [mixed_table(asked, result)] if len(result.frames["mixed"]) else []
    return result.contribution(
        title, [], [table(asked, result), *mixed], (title, methods_text(asked, outcome, result))
    )


def methods_text(asked: Sites, outcome: str, result: Found) -> str:
    """Say how participants were taken as the independent units."""
    mixed = (
        f" [#{result.label}_mixed] has the linear mixed model with a random intercept for each "
        "participant [@laird1982]. It has Satterthwaite’s degrees of freedom [@satterthwaite1946]."
        if len(result.frames["mixed"])
        else ""
    )
    return (
        f"Sites are nested in participants. {labels.capitalised(outcome)} was modelled on "
        f"{named(asked.terms, result.printer)} by generalized estimating equations with an "
        "exchangeable correlation [@liang1986], with fewer than 50 participants with bias-reduced "
        "standard errors [@mancl2001]; where these failed, by cluster-robust standard errors "
        f"[@cameron2015] ([#{result.label}]).{mixed}"
    )


def table(asked: Sites, result: Found) -> TableModel:
    """Return a row a term: the recommended method's estimate, beside the naive p."""
    printer, letters = result.printer, FootnoteLetters()
    naive = {row["term"]: row for row in records(result.main, method=NAIVE)}
    rows = [
        _row(row, naive.get(row["term"], {}), asked.outcome, printer, letters)
        for row in records(result.main, shown="yes")
    ]
    odds = any(text_of(row, "model") == "logistic" for row in records(result.main))
    what = "Odds ratio" if odds else "Difference"
    header = (Cell("Term"), Cell("n (participants)"), Cell(f"{what}\n(95% CI)"), Cell("p"),
              Cell("p, sites independent"), Cell("Method"))  # fmt: skip
    return TableModel(
        key=result.label,
        title=f"Regression of {labels.in_sentence(printer.label(asked.outcome))}, "
        "participants as the independent units",
        header=(header,),
        rows=tuple(rows),
        footnotes=letters.footnotes([f"{CI}; GEE, generalized estimating equations."]),
        alignment=first_left(len(header)),
        wide=True,
    )


def _row(
    row: Record, naive: Record, outcome: str, printer: Printer, letters: FootnoteLetters
) -> Row:
    logistic = text_of(row, "model") == "logistic"
    model_cell = (
        fmt.ratio_interval(*(row[name] for name in ODDS))
        if logistic
        else interval(row, printer.decimals(outcome) + 1)
    )
    sizes = f"{fmt.number(row['n'], 0)} ({fmt.number(row['n_participants'], 0)})"
    method = text_of(row, "method")
    return (
        warned(Cell(term_label(row, printer)), [row], printer, letters),
        Cell(sizes),
        Cell(model_cell),
        p_cell(row["p_value"], printer),
        p_cell(naive.get("p_value"), printer),
        Cell(METHODS.get(method, method) or fmt.ABSENT),
    )


def mixed_table(asked: Sites, result: Found) -> TableModel:
    """Return the mixed model: a row a term."""
    printer, letters = result.printer, FootnoteLetters()
    rows = [
        (
            warned(Cell(term_label(row, printer)), [row], printer, letters),
            Cell(interval(row, printer.decimals(asked.outcome) + 1)),
            Cell(fmt.number(row["df"], 1)),
            p_cell(row["p_value"], printer),
            Cell(fmt.number(row["icc"], 2)),
        )
        for row in records(result.frames["mixed"])
    ]
    header = (Cell("Term"), Cell("Difference\n(95% CI)"), Cell("df"), Cell("p"), Cell("ICC"))
    return TableModel(
        key=f"{result.label}_mixed",
        title=f"Mixed model of {labels.in_sentence(printer.label(asked.outcome))}",
        header=(header,),
        rows=tuple(rows),
        footnotes=letters.footnotes(
            [f"{CI}; ICC, share of the variance that is between participants."]
        ),
        alignment=first_left(len(header)),
    )
