"""Measured against true values as a part of the report, in a study whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.truth.pairs import OF_VERTEBRAE
from bonecohort.papers.hao2025.report.truth.table import truth_sentence, truth_table
from bonecohort.report.page.illustration import illustration
from bonecohort.report.page.section import Contribution, Paragraph, Section
from bonecohort.report.printing.decimal_mark import with_decimal_mark

if TYPE_CHECKING:
    from bonecohort.report.page.section import Block
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

CAPTION = (
    "Measured against true values (above; dashed, identity) and their differences, measured − "
    "true (below; line, mean difference; dashed, 95% limits of agreement, mean difference ± "
    "1.96 SD). Each point is a vertebra."
)


def measured_against_true(inputs: ReportInputs, _: Settings, printer: Printer) -> Contribution:
    """Return how far measured values are from the truth; nothing where no truth is known."""
    pairs = inputs.frame("figures/truth.csv")
    caption = with_decimal_mark(CAPTION, printer.report.decimal_mark)
    blocks: list[Block] = [Paragraph("The true values of this study are known.")]
    if pairs["measure"].isin(list(OF_VERTEBRAE)).any():
        figure = illustration(inputs.results / "figures", "truth", "figure_truth", caption)
        blocks += [Paragraph(truth_sentence(pairs)), figure]
    section = Section(
        "truth",
        "Measured against true",
        (*blocks, truth_table(pairs)),
        is_folded=True,
        is_printed=not pairs.empty,
    )
    return Contribution(sections=(section,))
