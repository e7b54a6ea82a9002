"""Agreement of readers as a part of the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.agreement.results import Agreement
from bonecohort.papers.hao2025.report.agreement.tables import agreement_tables
from bonecohort.papers.hao2025.report.agreement.text import (
    agreement_methods,
    agreement_sentences,
    clustering_note,
)
from bonecohort.report.page.illustration import illustration
from bonecohort.report.page.section import Contribution, Paragraph, Section
from bonecohort.report.printing.decimal_mark import with_decimal_mark

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

CAPTION = (
    "Agreement of readers: the difference between two readers over their mean (Bland and Altman). "
    "Solid line, mean difference; dashed, 95% limits of agreement; bands, their 95% confidence "
    "intervals. Each point is a vertebra, of total spine HU a participant; sizes of defects, where "
    "both readers found one. Of more than three pairs of readers the first three are drawn."
)


def agreement_of_readers(inputs: ReportInputs, _: Settings, printer: Printer) -> Contribution:
    """Return what the report says about how far readers agree."""
    agreement = Agreement.of(inputs.frame("statistics/agreement.csv"))
    tables = agreement_tables(agreement)
    note = clustering_note(agreement, [table.key for table in tables])
    figure = illustration(
        inputs.results / "figures",
        "agreement",
        "figure_agreement",
        with_decimal_mark(CAPTION, printer.report.decimal_mark),
        series="A",
    )
    section = Section(
        "agreement",
        "Agreement of readers",
        (
            *map(Paragraph, agreement_sentences(agreement)),
            *tables,
            *([Paragraph(note)] if note else []),
            replace(figure, only_if_drawn=True),
        ),
        is_folded=True,
    )
    return Contribution(sections=(section,), methods=tuple(agreement_methods(agreement)))
