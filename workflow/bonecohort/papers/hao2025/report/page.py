"""The report as one self-contained web page."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bonecohort.papers.hao2025.report.tables.published_and_recommended import changes_sentence
from bonecohort.papers.hao2025.report.text import result_sentences
from bonecohort.papers.hao2025.report.text.conclusions import conclusions
from bonecohort.papers.hao2025.report.text.methods import limitations, methods_paragraphs
from bonecohort.papers.hao2025.report.text.recommended import (
    recommended_methods,
    recommended_sentences,
)
from bonecohort.report.figures.flow_diagram import flow_diagram
from bonecohort.report.page.cohort_lists import participants_list, vertebrae_list
from bonecohort.report.page.numbered_figures import farthest_points, illustrations
from bonecohort.report.page.participant_pages import ANALYSED_IN_PART, participant_pages
from bonecohort.report.page.participant_values import ROI_HEADER
from bonecohort.report.page.summary_box import attention_items, key_facts
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.decimal_mark import with_decimal_mark
from bonecohort.report.printing.groups import group_sizes
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.results.agreement import Agreement
from bonecohort.report.results.availability import what_is_known
from bonecohort.report.results.exclusions_and_flags import all_exclusions, all_flags
from bonecohort.report.tables.truth import truth_sentence
from bonecohort.report.text.agreement import agreement_methods, agreement_sentences, clustering_note
from bonecohort.report.text.citations import cited_works, with_citations
from bonecohort.statistics.missing.imputed_model import helping_variables
from bonecohort.statistics.variables import known_variables

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.tables.table_model import TableModel
    from bonecohort.study.settings import Settings

OPEN_PAGES_UP_TO = 3  # a study this small shows its QC pages unfolded


@dataclass(frozen=True)
class ReportTables:
    """The tables of a study; ``truth`` only where the truth is known.

    ``sizes``, ``prevalence`` and ``correlations`` are of studies that ask about endplates.
    """

    characteristics: TableModel
    sizes: TableModel | None
    factors: TableModel
    prevalence: TableModel | None
    correlations: TableModel | None
    agreement: tuple[TableModel, ...]
    compared: TableModel
    recommended: tuple[TableModel, ...]
    checklist: TableModel
    truth: TableModel | None = None

    def changed(self, change: Callable[[TableModel], TableModel]) -> ReportTables:
        """Return the tables, each changed."""

        def of(found: TableModel | tuple[TableModel, ...] | None) -> Any:
            if isinstance(found, tuple):
                return tuple(map(change, found))
            return change(found) if found else None

        return ReportTables(**{item.name: of(getattr(self, item.name)) for item in fields(self)})

    def all(self) -> list[TableModel]:
        """Return the tables in printing order."""
        tables = [
            self.characteristics, self.sizes, self.factors, self.prevalence, self.correlations,
            *([self.truth] if self.truth else []), self.compared, *self.recommended,
            self.checklist, *self.agreement,
        ]  # fmt: skip
        return [table for table in tables if table]


def environment() -> Environment:
    """Return the templates' environment; every value is escaped unless it is markup."""
    made = Environment(
        loader=PackageLoader("bonecohort.report.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,  # a value the page forgets is a bug
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["drawing"] = Markup
    made.filters["plain"] = plain
    return made


def plain(value: object) -> str:
    """Print a recorded value; several are joined, an absent one is said to be not recorded."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or fmt.NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    return fmt.NOT_RECORDED if value is None or value == "" else str(value)


def render_html(inputs: ReportInputs, tables: ReportTables, settings: Settings) -> str:
    """Return the whole page as text."""
    template = environment().get_template("report.html.j2")
    return template.render(page_values(inputs, tables, settings))


def page_values(inputs: ReportInputs, tables: ReportTables, settings: Settings) -> dict[str, Any]:
    """Return every value the page prints."""
    pages = participant_pages(inputs)
    run = inputs.run
    known, grouping = what_is_known(inputs, settings), settings.analysis.table1_grouping
    flags = all_flags(inputs)
    noteworthy = [flag for flag in flags if flag.noteworthy]
    for_information = [flag for flag in flags if not flag.noteworthy]
    agreement = Agreement.of(inputs.frame("statistics/agreement.csv"))
    comparisons = inputs.frame("statistics/comparisons.csv")
    participants = inputs.frame("tables/participants.csv")
    correlations = inputs.frame("statistics/correlations.csv")
    points = inputs.frame("figures/figure4_regression.csv")
    methods = all_methods(inputs, settings)
    mark = settings.report.decimal_mark
    sentences = {
        "key_facts": key_facts(inputs, pages),
        "defects_sentence": result_sentences.defects_sentence(inputs, settings),
        "osteoporosis_sentence": result_sentences.osteoporosis_sentence(participants, settings),
        "table_1_sentences": result_sentences.table_1_sentences(
            comparisons, inputs.frame("statistics/counts.csv"), settings
        ),
        "table_2_sentences": result_sentences.table_2_sentences(comparisons, settings),
        "correlation_sentence": result_sentences.correlation_sentence(correlations, settings),
        "model_sentence": result_sentences.model_sentence(
            inputs.frame("statistics/models.csv"),
            settings,
            inputs.frame("statistics/recommended_models.csv"),
        ),
        "distribution_sentence": result_sentences.distribution_sentence(
            inputs.frame("statistics/prevalence.csv")
        ),
        "truth_sentence": truth_sentence(inputs.frame("figures/truth.csv")),
        "attention": attention_items(inputs, pages, settings),
        "agreement_sentences": agreement_sentences(agreement),
        "agreement_note": clustering_note(agreement),
        "methods": [(heading, with_citations(text)) for heading, text in methods],
        "compared_sentence": changes_sentence(conclusions(inputs, settings)),
        "recommended_sentences": recommended_sentences(inputs, settings),
        "limitations": limitations(settings, run, known),
        "figures": illustrations(inputs, settings),
        "farthest": [
            (labels.in_sentence(labels.label(measure, settings)), pairs)
            for measure, pairs in farthest_points(points, correlations)
        ],
        "participants": participants_list(inputs, pages, settings),
        "vertebrae": vertebrae_list(inputs, settings),
        "exclusions": all_exclusions(inputs),
        "flag_lists": (
            ("What was measured, yet deserves a look.", "Flags", noteworthy),
            ("For information: how vertebrae were measured.", "Notes", for_information),
        ),
        "scans": [
            {key: value if value is None else plain(value) for key, value in scan.items()}
            | {"warnings": scan.get("warnings")}
            for scan in run.get("scans") or []
        ],
        "pages": pages,
    }
    return {
        **with_decimal_mark(sentences, mark),
        "title": settings.report.title,
        "not_recorded": fmt.NOT_RECORDED,
        "known": known,
        "tables": tables,
        "flow": flow_diagram(
            run.get("counts") or {},
            group_sizes(participants, grouping, settings),
            split_words(grouping, settings),
            sum(page.status == ANALYSED_IN_PART for page in pages),
        ),
        "references": [work.printed for work in cited_works(text for _, text in methods)],
        "open_pages": len(pages) <= OPEN_PAGES_UP_TO,
        "roi_header": ROI_HEADER,
        **_provenance(run),
    }


def all_methods(inputs: ReportInputs, settings: Settings) -> list[tuple[str, str]]:
    """Return the methods' headings and paragraphs, citations as ``[@key]``."""
    known = what_is_known(inputs, settings)
    people = inputs.frame("tables/participants.csv")
    helping = (
        helping_variables(people, settings, known_variables(settings)) if known.modelled else []
    )
    return [
        *methods_paragraphs(settings, inputs.run, known),
        *recommended_methods(settings, known, helping),
        *agreement_methods(Agreement.of(inputs.frame("statistics/agreement.csv"))),
    ]


def _provenance(run: dict[str, Any]) -> dict[str, Any]:
    packages: dict[str, str] = run.get("packages") or {}
    main = ("bonecohort", "python", "configuration_digest")
    return {
        "versions": [
            (name.replace("_", " "), str(run.get(name) or fmt.NOT_RECORDED)) for name in main
        ],
        "packages": sorted(packages.items()),
        "input_digests": sorted((run.get("input_digests") or {}).items()),
        "settings_json": json.dumps(run.get("settings") or {}, indent=2, ensure_ascii=False),
    }
