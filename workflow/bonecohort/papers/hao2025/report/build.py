"""Write the report, and its tables for Word, Excel, LaTeX and as CSV, from a results folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.report.page import ReportTables, all_methods, render_html
from bonecohort.papers.hao2025.report.tables.defect_sizes import table_2
from bonecohort.papers.hao2025.report.tables.prevalence_and_slopes import (
    correlation_table,
    prevalence_table,
)
from bonecohort.papers.hao2025.report.tables.published_and_recommended import compared_table
from bonecohort.papers.hao2025.report.tables.recommended import recommended_tables
from bonecohort.papers.hao2025.report.text.conclusions import conclusions
from bonecohort.papers.hao2025.report.text.strobe_checklist import strobe_checklist
from bonecohort.report.export.csv_tables import write_csv
from bonecohort.report.export.excel import write_excel
from bonecohort.report.export.latex import latex_document
from bonecohort.report.export.word import write_word
from bonecohort.report.printing.decimal_mark import with_decimal_mark
from bonecohort.report.printing.groups import group_sizes
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.results.agreement import Agreement
from bonecohort.report.results.availability import what_is_known
from bonecohort.report.results.inputs import ReportInputs, read_inputs
from bonecohort.report.tables.agreement import agreement_tables
from bonecohort.report.tables.characteristics import table_1
from bonecohort.report.tables.logistic_models import table_3
from bonecohort.report.tables.strobe import strobe_table
from bonecohort.report.tables.table_model import left_empty
from bonecohort.report.tables.truth import truth_table
from bonecohort.report.text.citations import cited_works
from bonecohort.report.text.references import bibliography
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.study.settings import Settings


def build_report(results: Path, settings: Settings) -> None:
    """Write the report and its tables into a results folder, each file whole or not at all.

    ``report.html``; ``report.docx``, ``report.xlsx``, ``report.tex`` and
    ``report_tables/*.csv`` hold the same tables;
    ``references.bib`` the works that the methods cite.

    Parameters
    ----------
    results
        The results folder; its tables, statistics, figures, participants and ``run.json`` are
        read. A part the study does not have is said to be absent.
    settings
        The settings the results were made with.
    """
    variables = settings.variables.items()
    inputs = read_inputs(results, [name for name, v in variables if v.type == "categorical"])
    tables = report_tables(inputs, settings)
    printed = tables.all()
    page = render_html(inputs, tables, settings)
    with whole_file(results / "report.html") as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    with whole_file(results / "report.docx") as unfinished:
        write_word(unfinished, settings.report.title, printed)
    with whole_file(results / "report.xlsx") as unfinished:
        write_excel(unfinished, printed)
    with whole_file(results / "report.tex") as unfinished:
        unfinished.write_text(latex_document(printed), encoding="utf-8")
    cited = cited_works(text for _, text in all_methods(inputs, settings))
    with whole_file(results / "references.bib") as unfinished:
        unfinished.write_text(bibliography(work.key for work in cited), encoding="utf-8")
    for table in printed:
        with whole_file(results / "report_tables" / f"{table.file_stem}.csv") as unfinished:
            write_csv(unfinished, table)


def report_tables(inputs: ReportInputs, settings: Settings) -> ReportTables:
    """Build every table of the report."""
    comparisons = inputs.frame("statistics/comparisons.csv")
    correlations = inputs.frame("statistics/correlations.csv")

    known = what_is_known(inputs, settings)

    def of_endplates(table: TableModel) -> TableModel | None:
        if not known.about_endplates:
            return None
        return table if known.endplates_read else left_empty(table, "no endplates were read.")

    def of_both(table: TableModel) -> TableModel | None:
        because = "no vertebra has both endplates read and an HU."
        return of_endplates(table if inputs.hu_measured else left_empty(table, because))

    compared = compared_table(conclusions(inputs, settings), settings)
    factors = table_3(inputs.frame("statistics/models.csv"), settings)
    unknown = split_words(settings.analysis.outcome, settings).nobody
    pairs = inputs.frame("figures/truth.csv")
    tables = ReportTables(
        characteristics=table_1(
            comparisons,
            inputs.frame("statistics/counts.csv"),
            inputs.frame("statistics/effects.csv"),
            inputs.frame("tables/participants.csv"),
            settings,
        ),
        sizes=of_endplates(table_2(comparisons, settings)),
        factors=factors if known.modelled else left_empty(factors, f"{unknown}."),
        prevalence=of_endplates(prevalence_table(inputs.frame("statistics/prevalence.csv"))),
        correlations=of_both(correlation_table(correlations, settings)),
        agreement=agreement_tables(Agreement.of(inputs.frame("statistics/agreement.csv"))),
        compared=(compared if known.anything_compared else left_empty(compared, f"{unknown}.")),
        recommended=recommended_tables(inputs, settings),
        checklist=strobe_table(
            strobe_checklist(
                settings,
                inputs.run,
                inputs.frame("statistics/missing.csv"),
                group_sizes(
                    inputs.frame("tables/participants.csv"), settings.analysis.outcome, settings
                ),
                known,
            )
        ),
        truth=None if pairs.empty else truth_table(pairs),
    )
    return tables.changed(lambda table: with_decimal_mark(table, settings.report.decimal_mark))
