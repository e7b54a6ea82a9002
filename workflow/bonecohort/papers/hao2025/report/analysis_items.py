"""What the analyses of the paper ask to look at: missing values, circular tables, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.availability import Known, what_is_known
from bonecohort.papers.hao2025.report.text.circular_tables import circular_notes
from bonecohort.papers.hao2025.report.text.statistical_warnings import (
    CollectedWarning,
    collected_warnings,
)
from bonecohort.report.page.section import AttentionItem
from bonecohort.report.printing import labels
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records, text_of

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

WARNINGS_SHOWN = 3  # of one table, before they are only counted


def analysis_items(
    inputs: ReportInputs, settings: Settings, printer: Printer
) -> list[AttentionItem]:
    """Return what a reader should look at before using the numbers of the analyses."""
    known = what_is_known(inputs, settings, printer)
    if not known.anything_compared:
        return [_nothing_compared(settings, printer)]
    return [
        *_missing_value_items(inputs, printer),
        *_circular_items(settings, printer, known),
        *_warning_items(inputs, printer),
    ]


def _nothing_compared(settings: Settings, printer: Printer) -> AttentionItem:
    unknown = split_words(settings.analysis.table1_grouping, printer).nobody
    return AttentionItem(
        f"{labels.capitalised(unknown)}, so no groups were compared and no model was fitted"
    )


def _missing_value_items(inputs: ReportInputs, printer: Printer) -> list[AttentionItem]:
    """Return which variables lack values, and how many participants the models leave out."""
    missing = inputs.frame("statistics/missing.csv")
    items = []
    lacking = [row for row in records(missing, scope="variable") if row["n_missing"] > 0]
    if lacking:
        sentences = [f"{_label(row, printer)} {row['n_missing']:.0f}" for row in lacking]
        total = lacking[0]["n_participants"]
        items.append(f"Missing values, of {total:.0f} participants: {', '.join(sentences)}")
    by_model = [row for row in records(missing, scope="model") if row["n_missing"] > 0]
    single = [row for row in by_model if row["model"] != "multivariable"]
    items += [
        f"{row['n_missing']:.0f} of {row['n_participants']:.0f} participants left out of the "
        "multivariable model, as a value is missing"
        for row in by_model
        if row["model"] == "multivariable"
    ]
    if single:
        sentences = [f"{_label(row, printer)} {row['n_missing']:.0f}" for row in single]
        total = single[0]["n_participants"]
        items.append(
            f"Left out of univariate models, of {total:.0f} participants: {', '.join(sentences)}"
        )
    return [AttentionItem(text, href="#[#missing:anchor]") for text in items]


def _label(row: Record, printer: Printer) -> str:
    return labels.in_sentence(printer.label(text_of(row, "variables")))


def _circular_items(settings: Settings, printer: Printer, known: Known) -> list[AttentionItem]:
    return [
        AttentionItem(f"{table}: {labels.in_sentence(note).removesuffix('.')}", href=_href(table))
        for table, note in circular_notes(settings, printer).items()
        if known.about_endplates or table != "[#sizes]"
    ]


def _href(table: str) -> str:
    return f"#{table[:-1]}:anchor]" if table.startswith("[#") else ""


def _warning_items(inputs: ReportInputs, printer: Printer) -> list[AttentionItem]:
    """Return the warnings of every table, of a table that has many only their number."""
    by_table: dict[str, list[CollectedWarning]] = {}
    for warning in collected_warnings(inputs, printer):
        by_table.setdefault(next(iter(warning.tables)), []).append(warning)
    return [
        AttentionItem(text, href=_href(table), is_of_statistics=True)
        for table, result in by_table.items()
        for text in _of_table(table, result)
    ]


def _of_table(table: str, result: list[CollectedWarning]) -> list[str]:
    if len(result) <= WARNINGS_SHOWN:
        return [warning.sentence for warning in result]
    return [f"{table}: {len(result)} different warnings; its footnotes list them"]
