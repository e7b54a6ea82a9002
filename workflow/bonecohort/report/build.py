"""Write results/report.html and results/report.docx from a results folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.agreement import Agreement
from bonecohort.report.agreement_tables import agreement_tables
from bonecohort.report.html import ReportTables, render_html
from bonecohort.report.inputs import ReportInputs, read_inputs
from bonecohort.report.model_table import table_3
from bonecohort.report.supplement import correlation_table, prevalence_table, truth_table
from bonecohort.report.table_model import left_empty
from bonecohort.report.tables import table_1, table_2
from bonecohort.report.word import write_word
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.table_model import TableModel
    from bonecohort.study.settings import Settings


def build_report(results: Path, settings: Settings) -> None:
    """Write ``report.html`` and ``report.docx`` into a results folder, whole or not at all.

    Parameters
    ----------
    results
        The results folder; its tables, statistics, figures, participants and ``run.json`` are
        read. A part the study does not have is said to be absent.
    settings
        The settings the results were made with.
    """
    inputs = read_inputs(results)
    tables = report_tables(inputs, settings)
    page = render_html(inputs, tables, settings)
    with whole_file(results / "report.html") as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    with whole_file(results / "report.docx") as unfinished:
        write_word(unfinished, settings.report.title, tables.all())


def report_tables(inputs: ReportInputs, settings: Settings) -> ReportTables:
    """Build every table of the report."""
    comparisons = inputs.frame("statistics/comparisons.csv")
    correlations = inputs.frame("statistics/correlations.csv")

    def of_endplates(table: TableModel) -> TableModel:
        return table if inputs.endplates_read else left_empty(table, "no endplates were read.")

    def of_both(table: TableModel) -> TableModel:
        because = "no vertebra has both endplates read and an HU."
        return of_endplates(table if inputs.hu_measured else left_empty(table, because))

    pairs = inputs.frame("figures/truth.csv")
    return ReportTables(
        characteristics=table_1(
            comparisons,
            inputs.frame("statistics/counts.csv"),
            inputs.frame("tables/participants.csv"),
            settings,
        ),
        sizes=of_endplates(table_2(comparisons, settings)),
        factors=of_endplates(table_3(inputs.frame("statistics/models.csv"), settings)),
        prevalence=of_endplates(prevalence_table(inputs.frame("statistics/prevalence.csv"))),
        correlations=of_both(correlation_table(correlations, settings)),
        agreement=agreement_tables(Agreement.of(inputs.frame("statistics/agreement.csv"))),
        truth=None if pairs.empty else truth_table(pairs),
    )
