"""The analysis as published, a part of the report: Tables 1 to 3, Figures 1, 3, 4."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.analysis_items import analysis_items
from bonecohort.papers.hao2025.report.availability import endplates_read, hu_measured, what_is_known
from bonecohort.papers.hao2025.report.illustrations import (
    figure_of_prevalence,
    figure_of_regions,
    figure_of_regression,
    supplementary_figure,
)
from bonecohort.papers.hao2025.report.main_result import main_result
from bonecohort.papers.hao2025.report.tables.defect_sizes import table_2
from bonecohort.papers.hao2025.report.tables.prevalence_and_slopes import (
    correlation_table,
    prevalence_table,
)
from bonecohort.papers.hao2025.report.text import result_sentences as sentences
from bonecohort.papers.hao2025.report.text.methods import (
    analysis_paragraph,
    limitations,
    not_measured,
)
from bonecohort.papers.hao2025.report.text.strobe_answers import strobe_answers
from bonecohort.papers.hao2025.report.vertebrae_list import vertebrae_list
from bonecohort.report.page.section import RESULTS, Block, Contribution, Paragraph, Part, Section
from bonecohort.report.printing.groups import group_sizes
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.tables.characteristics import table_1
from bonecohort.report.tables.logistic_models import table_3
from bonecohort.report.tables.table_model import TableModel, left_empty

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings


def published(inputs: ReportInputs, settings: Settings, printer: Printer) -> Contribution:
    """Return what the report says about the analysis as published."""
    known = what_is_known(inputs, settings, printer)
    participants = inputs.frame("tables/participants.csv")
    result = (
        *([sentences.defects_sentence(inputs, printer)] if known.about_endplates else []),
        sentences.osteoporosis_sentence(participants, settings),
    )
    model = sentences.model_sentence(
        inputs.frame("statistics/models.csv"),
        settings,
        printer,
        inputs.frame("statistics/recommended_models.csv"),
    )
    of_endplates = (_distribution(inputs, printer), _sizes(inputs, settings, printer))
    behind_them = (
        _behind_the_main_tables(inputs, settings, printer),
        _defect_vertebrae(inputs, printer),
    )
    return Contribution(
        sections=(
            _characteristics(inputs, settings, printer, with_levels=not known.about_endplates),
            *(replace(section, is_printed=known.about_endplates) for section in of_endplates),
            _factors(inputs, settings, printer, model),
            *(replace(section, is_printed=known.about_endplates) for section in behind_them),
        ),
        measuring=tuple(not_measured(inputs.run, known)),
        methods=(("Statistical analysis", analysis_paragraph(settings, printer, known)),),
        methods_figures=(figure_of_regions(inputs, printer),),
        answer=main_result(inputs, settings, printer) if known.modelled else (),
        summary=result,
        attention=tuple(analysis_items(inputs, settings, printer)),
        limitations=tuple(limitations(inputs.run, known)),
        checklist=strobe_answers(
            settings,
            inputs.run,
            inputs.frame("statistics/missing.csv"),
            group_sizes(participants, settings.analysis.outcome, printer),
            known,
            printer=printer,
        ),
    )


def _characteristics(
    inputs: ReportInputs, settings: Settings, printer: Printer, *, with_levels: bool
) -> Section:
    comparisons, counts, effects = (
        inputs.frame(f"statistics/{name}.csv") for name in ("comparisons", "counts", "effects")
    )
    table = table_1(
        comparisons,
        counts,
        effects,
        inputs.frame("tables/participants.csv"),
        settings,
        printer=printer,
    )
    table_sentences = sentences.table_1_sentences(comparisons, counts, settings, printer)
    levels = (
        [supplementary_figure("figure_levels", inputs, settings, printer)] if with_levels else []
    )
    blocks: tuple[Block, ...] = (
        *map(Paragraph, table_sentences),
        table,
        Part("characteristics_hint.html.j2"),
        *levels,
    )
    return Section("characteristics", "Characteristics", blocks, parent=RESULTS)


def _distribution(inputs: ReportInputs, printer: Printer) -> Section:
    prevalence = inputs.frame("statistics/prevalence.csv")
    blocks: tuple[Block, ...] = (
        Paragraph(sentences.distribution_sentence(prevalence)),
        figure_of_prevalence(inputs, printer),
    )
    return Section("distribution", "Distribution of defects", blocks, parent=RESULTS)


def _sizes(inputs: ReportInputs, settings: Settings, printer: Printer) -> Section:
    comparisons = inputs.frame("statistics/comparisons.csv")
    correlations = inputs.frame("statistics/correlations.csv")
    blocks: tuple[Block, ...] = (
        *map(Paragraph, sentences.table_2_sentences(comparisons, settings, printer)),
        _of_endplates(table_2(comparisons, settings, printer), inputs),
        Paragraph(sentences.correlation_sentence(correlations, printer)),
        figure_of_regression(inputs, printer),
    )
    return Section("sizes", "Size of defects", blocks, parent=RESULTS)


def _behind_the_main_tables(inputs: ReportInputs, settings: Settings, printer: Printer) -> Section:
    """Return the numbers behind Figures 3 and 4, and the HU of each level."""
    slopes = correlation_table(inputs.frame("statistics/correlations.csv"), printer)
    if not hu_measured(inputs):
        slopes = left_empty(slopes, "no vertebra has both endplates read and an HU.")
    blocks: tuple[Block, ...] = (
        _of_endplates(prevalence_table(inputs.frame("statistics/prevalence.csv")), inputs),
        _of_endplates(slopes, inputs),
        supplementary_figure("figure_levels", inputs, settings, printer),
    )
    return Section("supplementary-results", "Supplementary results", blocks, is_folded=True)


def _defect_vertebrae(inputs: ReportInputs, printer: Printer) -> Section:
    return Section(
        "defect-vertebrae",
        "Vertebrae with an endplate defect",
        (Part("defect_vertebrae.html.j2", {"vertebrae": vertebrae_list(inputs, printer)}),),
        parent="cohort",
        has_heading=False,
    )


def _of_endplates(table: TableModel, inputs: ReportInputs) -> TableModel:
    return table if endplates_read(inputs) else left_empty(table, "no endplates were read.")


def _factors(inputs: ReportInputs, settings: Settings, printer: Printer, model: str) -> Section:
    table = table_3(inputs.frame("statistics/models.csv"), settings, printer)
    if not what_is_known(inputs, settings, printer).modelled:
        unknown = split_words(settings.analysis.outcome, printer).nobody
        table = left_empty(table, f"{unknown}.")
    return Section("factors", "Associated factors", (Paragraph(model), table), parent=RESULTS)
