"""Write the report, its draft of the paper, and its tables for Excel, LaTeX and as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.export.csv_tables import write_csv
from bonecohort.report.export.excel import write_excel
from bonecohort.report.export.figure_files import write_figure
from bonecohort.report.export.latex import latex_document
from bonecohort.report.export.word import write_word
from bonecohort.report.page.assemble import assembled
from bonecohort.report.page.html import render_html
from bonecohort.report.results.inputs import read_inputs
from bonecohort.report.text.references import bibliography
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bonecohort.report.page.section import Contributor
    from bonecohort.study.settings import Settings


def build_report(
    results: Path,
    settings: Settings,
    contributors: Sequence[Contributor],
    tables: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    """Write the report, the draft of the paper and the tables, each file whole or not at all.

    ``report.html``; ``report.docx``, the draft of the paper; ``report.xlsx``, ``report.tex`` and
    ``report_tables/*.csv``, the same tables; ``report_figures``, the figures, named by their
    numbers as in the report; ``references.bib``, the works that the methods cite.

    Parameters
    ----------
    results
        The results folder; its tables, statistics, figures, participants and ``run.json`` are
        read. A part the study does not have is said to be absent.
    settings
        The settings the results were made with.
    contributors
        What adds to the report, in the order of the tables' and figures' numbers.
    tables
        Tables that they need beside the cohort's, and what each holds at least.
    """
    categories = [name for name, v in settings.variables.items() if v.type == "categorical"]
    inputs = read_inputs(results, categories, tables)
    report = assembled(inputs, settings, contributors)
    page = render_html(report)
    with whole_file(results / "report.html") as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    with whole_file(results / "report.docx") as unfinished:
        write_word(unfinished, report.manuscript)
    with whole_file(results / "report.xlsx") as unfinished:
        write_excel(unfinished, report.tables)
    with whole_file(results / "report.tex") as unfinished:
        unfinished.write_text(latex_document(report.tables), encoding="utf-8")
    with whole_file(results / "references.bib") as unfinished:
        unfinished.write_text(bibliography(report.cited), encoding="utf-8")
    for shown in report.figures:
        write_figure(results / "report_figures", shown.file_stem, shown.files, shown.diagram)
    for table in report.tables:
        with whole_file(results / "report_tables" / f"{table.file_stem}.csv") as unfinished:
            write_csv(unfinished, table)
