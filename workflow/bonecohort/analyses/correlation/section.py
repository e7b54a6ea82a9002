"""Correlations as a part of the report: a table of pairs, the matrix as a figure, sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.estimates import interval
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.tables.table_model import (
    Cell,
    FootnoteLetters,
    Row,
    TableModel,
    first_left,
    with_marks,
)

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.analyses.found import Found
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.printing.printer import Printer
    from bonecohort.study.analysis_entries import CorrelationOfVariables

SIGNIFICANCE = 0.05
METHODS = {"pearson": "Pearson’s r", "spearman": "Spearman’s ρ"}
AMONG = {"total": "all sites", "within": "within participants", "between": "between participants"}
OF_SITES = {
    "pearson": (
        "That of all sites has limits and p values that take participants as the independent units "
        "[@binder1983]. The correlation within participants is that of the deviations from their "
        "means. The correlation between participants is that of their means, weighted by sites "
        "[@bland1995]."
    ),
    "spearman": (
        "All sites are ranked together. The correlation within participants is that of the ranks’ "
        "deviations from each participant’s mean. The correlation between participants is that of "
        "these means, weighted by sites. All limits and p values take participants as the "
        "independent units, by linearization [@binder1983]. It counts in the influence of each "
        "site on the ranks of the others [@croux2010]."
    ),
}
CAPTION = "Correlation matrix: {method}{of}. Colour is the correlation, from −1 to 1."


def contribution(asked: CorrelationOfVariables, result: Found) -> Contribution:
    """Return the pairs, the matrix, the strongest correlation and the methods."""
    printer = result.printer
    method = METHODS[asked.method]
    of = " of all sites" if asked.among == "sites" else ""
    of += adjusted(asked, printer)
    return result.contribution(
        "Correlation",
        [strongest(result.main, result.label, printer)],
        [table(asked, result), result.figure(CAPTION.format(method=method, of=of))],
        ("Correlation", methods_text(asked, result)),
    )


def adjusted(asked: CorrelationOfVariables, printer: Printer) -> str:
    """Say for what the correlations are adjusted; empty for nothing."""
    names = [labels.in_sentence(printer.label(name)) for name in asked.adjust_for]
    return f", adjusted for {fmt.joined(names)}" if names else ""


def methods_text(asked: CorrelationOfVariables, result: Found) -> str:
    """Say how the correlations, their limits and their p values were computed."""
    corrected = f"p values of [#{result.label}] are corrected by Holm’s method [@holm1979]."
    name = METHODS[asked.method]
    partial = "Partial correlations" if asked.adjust_for else "Correlations"
    what = f"{partial} are {name}{adjusted(asked, result.printer)}"
    if asked.among == "sites":
        return f"Sites are nested in participants. {what}. {OF_SITES[asked.method]} {corrected}"
    limits = "Fisher’s z [@fisher1921]"
    if asked.method == "spearman":
        limits += ", with Bonett and Wright’s variance [@bonett2000]"
    return (
        f"{what}; each pair has its own complete participants. Limits come from {limits}, "
        f"p values from Student’s t. {corrected}"
    )


def strongest(correlations: pd.DataFrame, label: str, printer: Printer) -> str:
    """Say which pair correlates most, and how many pairs remain after Holm's correction."""
    result = correlations[correlations["among"].isin(["participants", "total"])].dropna(
        subset=["r"]
    )
    if result.empty:
        return ""
    rows = records(result)
    most = max(rows, key=lambda row: abs(row["r"]))
    significant = sum(row["p_adjusted"] < SIGNIFICANCE for row in rows)
    names = " and ".join(labels.in_sentence(printer.label(most[side])) for side in ("x", "y"))
    p = printer.p_phrase(most["p_adjusted"])
    pairs = fmt.counted(len(rows), "pair")
    return (
        f"Of {pairs} of variables, {significant} correlated after Holm’s correction; the strongest "
        f"correlation was that of {names} (r = {interval(most, 2, R)}; {p}; [#{label}])."
    )


R = ("r", "ci_low", "ci_high")


def table(asked: CorrelationOfVariables, result: Found) -> TableModel:
    """Return a row a pair, and of sites a row each among all, within and between participants."""
    printer = result.printer
    letters = FootnoteLetters()
    of_sites = asked.among == "sites"
    first = (Cell("Variables"), *([Cell("Among")] if of_sites else []))
    header = (*first, Cell("n"), Cell(f"{METHODS[asked.method]}\n(95% CI)"), Cell("p"),
              Cell("p, Holm"))  # fmt: skip
    rows = tuple(_row(row, printer, letters, of_sites=of_sites) for row in records(result.main))
    return TableModel(
        key=result.label,
        title=f"Correlations{adjusted(asked, printer)}",
        header=(header,),
        rows=rows,
        footnotes=letters.footnotes(
            ["CI, confidence interval; p, Holm: corrected for all pairs of the table."]
        ),
        alignment=first_left(len(header)),
    )


def _row(row: Record, printer: Printer, letters: FootnoteLetters, *, of_sites: bool) -> Row:
    names = " – ".join(printer.label(row[side]) for side in ("x", "y"))
    warning = printer.warning_sentence(text_of(row, "warning"))
    among = [Cell(AMONG[row["among"]])] if of_sites else []
    style = printer.report.p_style
    return (
        with_marks(Cell(names), letters.mark(warning)),
        *among,
        Cell(fmt.number(row["n"], 0)),
        Cell(interval(row, 2, R)),
        Cell(fmt.p_value(row["p_value"], style)),
        Cell(fmt.p_value(row["p_adjusted"], style)),
    )
