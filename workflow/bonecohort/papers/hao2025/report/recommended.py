"""The recommended analysis as a part of the report, and how far it bears out the published one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.availability import what_is_known
from bonecohort.papers.hao2025.report.illustrations import CAPTIONS, supplementary_figure
from bonecohort.papers.hao2025.report.tables.published_and_recommended import (
    changes_sentence,
    compared_table,
)
from bonecohort.papers.hao2025.report.tables.recommended import recommended_tables
from bonecohort.papers.hao2025.report.text.conclusions import conclusions
from bonecohort.papers.hao2025.report.text.recommended import (
    recommended_methods,
    recommended_sentences,
)
from bonecohort.report.page.section import Block, Contribution, Paragraph, Section
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.tables.table_model import left_empty
from bonecohort.statistics.missing.imputed_model import helping_variables

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.study.settings import Settings

FIGURES = tuple(key for key in CAPTIONS if key != "figure_levels")


def recommended(inputs: ReportInputs, settings: Settings, printer: Printer) -> Contribution:
    """Return what the report says about the recommended analysis."""
    known = what_is_known(inputs, settings, printer)
    people = inputs.frame("tables/participants.csv")
    helping = (
        helping_variables(
            people,
            settings.analysis.outcome,
            settings.analysis.univariate_terms,
            settings.analysis.multivariable_terms,
            printer.variables,
        )
        if known.modelled
        else []
    )
    clustered, prevalence, *others = recommended_tables(inputs, settings, printer)
    of_vertebrae = (clustered, prevalence)
    blocks: tuple[Block, ...] = (
        *map(Paragraph, recommended_sentences(inputs, printer)),
        *(of_vertebrae if known.about_endplates else ()),
        *others,
    )
    unprinted = [] if known.about_endplates else [_unprinted(of_vertebrae)]
    figures = tuple(supplementary_figure(key, inputs, settings, printer) for key in FIGURES)
    return Contribution(
        sections=(
            _compared(inputs, settings, printer),
            *unprinted,
            Section("recommended", "Recommended analysis", blocks, is_folded=True),
            Section(
                "supplementary-figures",
                "Supplementary figures",
                figures,
                parent="recommended",
                has_heading=False,
            ),
        ),
        methods=tuple(recommended_methods(settings, printer, known, helping)),
    )


def _unprinted(tables: tuple[TableModel, ...]) -> Section:
    return Section("vertebrae", "Vertebrae", tables, is_printed=False)


def _compared(inputs: ReportInputs, settings: Settings, printer: Printer) -> Section:
    result = conclusions(inputs, printer)
    table = compared_table(result, settings, printer)
    if not what_is_known(inputs, settings, printer).anything_compared:
        table = left_empty(table, f"{split_words(settings.analysis.outcome, printer).nobody}.")
    blocks: tuple[Block, ...] = (Paragraph(changes_sentence(result)), table)
    return Section("compared", "Conventional against recommended", blocks, is_folded=True)
