"""The study's own question, answered by both analyses: the head of the report's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.papers.hao2025.report.tables.published_and_recommended import changes_sentence
from bonecohort.papers.hao2025.report.text.conclusions import conclusions
from bonecohort.papers.hao2025.report.text.result_sentences import SIGNIFICANCE
from bonecohort.report.page.section import Listing, Paragraph, Part
from bonecohort.report.printing import estimates, labels
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import records, text_of
from bonecohort.study.formulae import FEWEST_EVENTS_PER_TERM

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.records import Record
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

MODEL = "multivariable"


def main_result(inputs: ReportInputs, settings: Settings, printer: Printer) -> tuple[Part, ...]:
    """Return the answer to the study's question; nothing where its model holds no answer.

    The question is whether the main term of the multivariable model is associated with the outcome.
    The same odds ratio is given as in the paper and as recommended. With it come the p value that
    is corrected for all terms of Table 3, and the events per term.
    """
    term = settings.analysis.question_term
    usual, advised = (_row(inputs, name, term) for name in ("models", "recommended_models"))
    if not advised:
        return ()
    outcome = split_words(settings.analysis.outcome, printer)
    named = printer.label(term)
    method = labels.in_sentence(estimates.method_name(advised))
    rows = {"Conventional, as in Hao et al. 2025": usual, f"Recommended ({method})": advised}
    question = f"Is {labels.in_sentence(named)} associated with {outcome.event}?"
    answer, size = _answer(advised, printer), _size(advised, settings, printer)
    values = {
        "question": question,
        "answer": answer,
        "rows": [_printed(name, row, printer) for name, row in rows.items()],
        "size": size,
        "changes": changes_sentence(conclusions(inputs, printer)),
    }
    listed = tuple(_sentence(name, row, printer) for name, row in rows.items() if row)
    text = (Paragraph(f"{question} {answer}"), Listing(listed), Paragraph(size))
    return (Part("main_result.html.j2", values, in_manuscript=text),)


def _row(inputs: ReportInputs, table: str, term: str) -> Record:
    """Return the row of a term of the multivariable model; empty where there is none.

    A categorical term of several levels has several rows: the first is taken.
    """
    frame = inputs.frame(f"statistics/{table}.csv")
    only_shown = {"shown": "yes"} if "shown" in frame else {}
    rows = records(frame, model=MODEL, **only_shown)
    return next((row for row in rows if estimates.variable_of(row["term"]) == term), {})


def _printed(name: str, row: Record, printer: Printer) -> dict[str, str]:
    return {
        "name": name,
        "estimate": estimates.odds_text(row, printer),
        "p": printer.p(row.get("p_value")),
        "p_corrected": printer.p(row.get("p_adjusted")),
    }


def _sentence(name: str, row: Record, printer: Printer) -> str:
    p, corrected = row.get("p_value"), row.get("p_adjusted")
    p_text = "" if p is None or pd.isna(p) else f"; {printer.p_phrase(p)}"
    if corrected is not None and not pd.isna(corrected):
        p_text += f", corrected {printer.p_phrase(corrected)}"
    return f"{name}: odds ratio (95% CI) {estimates.odds_text(row, printer)}{p_text}."


def _answer(advised: Record, printer: Printer) -> str:
    """Say what the recommended analysis answers, after the correction for several tests."""
    p = advised["p_adjusted"]
    if pd.isna(p):
        reason = printer.warning_sentence(text_of(advised, "reason"))
        return f"This cannot be answered: the model was not fitted. {reason}".strip()
    p_text = printer.p_phrase(p)
    if p >= SIGNIFICANCE:
        return f"No association was shown (corrected {p_text})."
    direction = "higher" if advised["estimate"] > 0 else "lower"
    factor = labels.in_sentence(estimates.factor(advised["term"], printer))
    return f"Yes: the odds are {direction} with {factor} (corrected {p_text})."


def _size(advised: Record, settings: Settings, printer: Printer) -> str:
    """Say how many participants and events the model has, and how many events per term."""
    outcome = split_words(settings.analysis.outcome, printer)
    per_term = advised["events_per_term"]
    factor = estimates.factor(advised["term"], printer)
    few = (
        f", fewer than {FEWEST_EVENTS_PER_TERM}: the estimates are unstable"
        if (per_term < FEWEST_EVENTS_PER_TERM)
        else ""
    )
    terms = fmt.joined(
        [labels.in_sentence(printer.label(name))
         for name in settings.analysis.multivariable_terms]
    )  # fmt: skip
    return (
        f"{factor}, in the logistic model with {terms}. n = {advised['n']:.0f}, "
        f"{advised['events']:.0f} with {outcome.event}; {fmt.number(per_term, 1)} events per "
        f"term{few}. Corrected: by Holm’s method for every term of [#factors]."
    )
