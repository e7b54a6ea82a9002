"""The sections that every report has: summary, methods, participants, and what closes the page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bonecohort.report.figures.flow_diagram import flow_diagram
from bonecohort.report.figures.flow_drawing import flow_png, flow_svg
from bonecohort.report.page.cohort_lists import participants_list
from bonecohort.report.page.illustration import Illustration
from bonecohort.report.page.manuscript_texts import (
    limitations_text,
    methods_text,
    versions_text,
)
from bonecohort.report.page.participant_pages import ANALYSED_IN_PART, ParticipantPage
from bonecohort.report.page.section import (
    RESULTS,
    Contribution,
    Part,
    Section,
)
from bonecohort.report.page.summary_box import attention_items, key_facts
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.groups import group_sizes
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.results.exclusions_and_flags import all_exclusions, all_flags
from bonecohort.report.results.settings_used import first_grouping, settings_used
from bonecohort.report.tables.strobe import strobe_table
from bonecohort.report.text.citations import with_citations
from bonecohort.report.text.strobe import participants_answers, strobe_checklist
from bonecohort.study.analyses import has_preset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bonecohort.report.page.section import ManuscriptBlock
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.report.text.references import Reference
    from bonecohort.study.settings import Settings

OPEN_PAGES_UP_TO = 3  # a study this small shows its QC pages unfolded
MAIN_VERSIONS = ("bonecohort", "command", "python", "configuration_digest")
SOFTWARE = (
    "bonecohort ran on Snakemake [@molder2021] with pydicom [@pydicom] and statsmodels "
    "[@seabold2010]. The report follows the STROBE statement [@vonelm2007]."
)


def software(_inputs: ReportInputs, _settings: Settings, _printer: Printer) -> Contribution:
    """Return the methods paragraph on the software, which any study has."""
    return Contribution(methods=(("Software and reporting", SOFTWARE),))


def all_methods(added: Sequence[Contribution]) -> list[tuple[str, str]]:
    """Return the headings and paragraphs of the methods: on measuring, then on all else."""
    return [
        *(paragraph for part in added for paragraph in part.measuring),
        *(paragraph for part in added for paragraph in part.methods),
    ]


def first_sections(
    inputs: ReportInputs,
    settings: Settings,
    pages: list[ParticipantPage],
    added: Sequence[Contribution],
    works: Mapping[str, Reference],
    *,
    printer: Printer,
) -> list[Section]:
    """Return the summary, the methods, and the results' first section, on the participants."""
    attention = attention_items(inputs, pages, printer)
    attention += [item for part in added for item in part.attention]
    summary = {
        "key_facts": key_facts(inputs, pages, settings),
        "sentences": " ".join(text for part in added for text in part.summary),
    }
    reviewed = [block for part in added for block in part.quality]
    answers = [answer for part in added for answer in part.answer]
    quality = {
        "items": [item for item in attention if not item.is_of_statistics],
        "of_statistics": [item for item in attention if item.is_of_statistics],
    }
    methods = all_methods(added)
    printed = [(name, with_citations(text, works)) for name, text in methods]
    figures = [figure for part in added for figure in part.methods_figures]
    return [
        Section("summary", "Summary", (*answers, Part("summary.html.j2", summary))),
        Section(
            "quality-control", "Quality control", (Part("attention.html.j2", quality), *reviewed)
        ),
        Section(
            "methods",
            "Methods",
            (
                Part("methods.html.j2", {"methods": printed}, in_manuscript=methods_text(methods)),
                *figures,
            ),
            is_folded=True,
        ),
        Section(RESULTS, "Results", ()),
        _participants(inputs, settings, printer, pages),
    ]


def _participants(
    inputs: ReportInputs,
    settings: Settings,
    printer: Printer,
    pages: list[ParticipantPage],
) -> Section:
    grouping, people = first_grouping(settings), inputs.frame("tables/participants.csv")
    flow = flow_diagram(
        inputs.run.get("counts") or {},
        group_sizes(people, grouping, printer) if grouping else (),
        split_words(grouping, printer) if grouping else None,
        sum(page.status == ANALYSED_IN_PART for page in pages),
        of_all=has_preset(settings.analyses),
    )
    shown = Illustration(
        "figure_flow",
        "Flow of participants and vertebrae.",
        svg=flow_svg(flow),
        png=flow_png(flow),
        hint="Boxes at the right that are links lead to the reasons.",
        diagram=flow,
    )
    return Section("participants-flow", "Participants", (shown,), parent=RESULTS)


def study_limitations(inputs: ReportInputs, printer: Printer) -> list[str]:
    """Return what the run itself says of the study's limits: absent variables, and notes."""
    missing = inputs.run.get("missing_variables") or []
    names = fmt.joined([labels.in_sentence(printer.label(name)) for name in missing])
    notes = [str(note) for note in inputs.run.get("notes") or []]
    if not missing:
        return notes
    return [f"Variables declared but absent from the participants’ table: {names}.", *notes]


def last_sections(
    inputs: ReportInputs,
    settings: Settings,
    pages: list[ParticipantPage],
    added: Sequence[Contribution],
    cited: Sequence[Reference],
    *,
    printer: Printer,
) -> list[Section]:
    """Return the sections that follow the results, in reading order.

    The checklist's citations still have their keys.
    """
    limitations = [text for part in added for text in part.limitations]
    limitations += study_limitations(inputs, printer)
    measuring = [text for part in added for _, text in part.measuring]
    answers = participants_answers(inputs.run.get("counts") or {}, measuring, limitations)
    for part in added:
        answers |= part.checklist
    participants = participants_list(inputs, pages, settings, printer)
    return [
        _part(
            "limitations",
            "Limitations",
            in_manuscript=limitations_text(limitations),
            limitations=limitations,
        ),
        _part("cohort", "Participants and their values", participants=participants),
        _part("exclusions", "Exclusions", exclusions=all_exclusions(inputs)),
        _part("flags", "Flags", flag_lists=_flag_lists(inputs)),
        *_scans_section(inputs, settings),
        _participants_one_by_one(pages),
        Section(
            "strobe",
            "STROBE checklist",
            (strobe_table(strobe_checklist(answers)),),
            is_folded=True,
        ),
        _part("references", "References", is_text=False, references=[w.printed for w in cited]),
        _part(
            "versions",
            "Settings and versions",
            is_text=False,
            in_manuscript=versions_text(_versions(inputs.run)),
            **_provenance(inputs),
        ),
    ]


def _participants_one_by_one(pages: list[ParticipantPage]) -> Section:
    return _part(
        "quality",
        "Participants, one by one",
        pages=pages,
        open_pages=len(pages) <= OPEN_PAGES_UP_TO,
    )


def _part(
    anchor: str,
    title: str,
    *,
    is_text: bool = True,
    in_manuscript: tuple[ManuscriptBlock, ...] = (),
    **values: Any,
) -> Section:
    """Return a section of the page's depth, which is one template."""
    part = Part(f"{anchor}.html.j2", values, is_text, in_manuscript)
    return Section(anchor, title, (part,), is_folded=True)


def _flag_lists(inputs: ReportInputs) -> list[tuple[str, str, list[Any]]]:
    flags = all_flags(inputs)
    noteworthy = [flag for flag in flags if flag.noteworthy]
    for_information = [flag for flag in flags if not flag.noteworthy]
    return [
        ("What was measured, yet deserves a look.", "Flags", noteworthy),
        ("For information: how vertebrae were measured.", "Notes", for_information),
    ]


def _scans_section(inputs: ReportInputs, settings: Settings) -> list[Section]:
    scans = _scans(inputs)
    is_shown = bool(scans) or has_preset(settings.analyses)
    return [_part("scans", "Scans", scans=scans)] if is_shown else []


def _scans(inputs: ReportInputs) -> list[dict[str, Any]]:
    return [
        {key: value if value is None else plain(value) for key, value in scan.items()}
        | {"warnings": scan.get("warnings")}
        for scan in inputs.run.get("scans") or []
    ]


def plain(value: object) -> str:
    """Print a recorded value; several are joined, an absent one is said to be not recorded."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or fmt.NOT_RECORDED
    if isinstance(value, bool):
        return "yes" if value else "no"
    return fmt.NOT_RECORDED if value is None or value == "" else str(value)


def main_versions(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return program and command, the version of Python, and the configuration's digest."""
    return [
        (name.replace("_", " "), str(run.get(name) or fmt.NOT_RECORDED)) for name in MAIN_VERSIONS
    ]


def _versions(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    packages: dict[str, str] = run.get("packages") or {}
    return [*main_versions(run), *sorted(packages.items())]


def _provenance(inputs: ReportInputs) -> dict[str, Any]:
    run = inputs.run
    return {
        "versions": _versions(run),
        "input_digests": sorted((run.get("input_digests") or {}).items()),
        "settings_json": json.dumps(settings_used(inputs), indent=2, ensure_ascii=False),
    }
