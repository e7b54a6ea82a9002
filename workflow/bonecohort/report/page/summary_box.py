"""The summary box: what was found, and what needs a second look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.report.page.participant_pages import (
    ANALYSED_IN_PART,
    EXCLUDED,
    NOT_INCLUDED,
    ParticipantPage,
    participants_left_out,
)
from bonecohort.report.page.section import AttentionItem
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.results.counts import count
from bonecohort.study.analyses import has_preset
from bonecohort.study.layout import missing_characters
from bonecohort.study.summary import printed_counts

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer
    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.study.settings import Settings

WARNINGS_SHOWN = 3  # on CT scans, before they are only counted


def key_facts(
    inputs: ReportInputs, pages: list[ParticipantPage], settings: Settings
) -> list[tuple[str, str]]:
    """Return the counts printed at the head of the summary.

    Those of a technique that found nothing are given where the study has the paper's analyses.
    """

    def recorded(name: str) -> str:
        value = count(inputs.run, name)
        return fmt.NOT_RECORDED if value is None else str(value)

    failed = _failed(inputs)
    n_flags = sum(len(page.flags) for page in pages)  # as listed: one for levels that say the same
    return [
        ("Participants analysed", recorded("analysed")),
        ("Not included", recorded("not_included")),
        ("Excluded for a fault", recorded("excluded_by_fault")),
        *(
            [("Left out by reviewers", recorded("left_out"))]
            if count(inputs.run, "left_out")
            else []
        ),
        *([("With a job that failed", str(len(failed)))] if failed else []),
        *(
            (one.title, recorded(one.name))
            for one in printed_counts(
                inputs.run.get("counts") or {}, of_all=has_preset(settings.analyses)
            )
            if one.title
        ),
        ("Flags", str(n_flags)),
    ]


def attention_items(
    inputs: ReportInputs, pages: list[ParticipantPage], printer: Printer
) -> list[AttentionItem]:
    """Return what participants, scans and files call for, whatever is analysed."""
    return [
        *_exclusion_items(inputs, pages),
        *_flag_items(inputs, pages),
        *_scan_items(inputs),
        *_missing_variable_items(inputs, printer),
        *_missing_character_items(inputs),
    ]


def _failed(inputs: ReportInputs) -> tuple[str, ...]:
    """Return the participants of whom a job failed, for an error of the program or the machine."""
    return tuple(inputs.run.get("failed") or ())


def _exclusion_items(inputs: ReportInputs, pages: list[ParticipantPage]) -> list[AttentionItem]:
    items = []
    failed = _failed(inputs)
    if failed:
        text = (
            f"{fmt.counted(len(failed), 'participant')} with a job that failed; this report lacks "
            "its results, and the next run tries it again"
        )
        items.append(AttentionItem(text, failed, "#exclusions"))
    pages = [page for page in pages if page.participant_id not in failed]
    left_out = participants_left_out(inputs)
    excluded = tuple(
        page.participant_id
        for page in pages
        if page.status == EXCLUDED and page.participant_id not in left_out
    )
    if excluded:
        text = f"{fmt.counted(len(excluded), 'participant')} excluded for a fault in the data"
        items.append(AttentionItem(text, excluded, "#exclusions"))
    if left_out:
        text = f"{fmt.counted(len(left_out), 'participant')} left out by the table of exclusions"
        items.append(AttentionItem(text, tuple(sorted(left_out)), "#exclusions"))
    in_part = tuple(page.participant_id for page in pages if page.status == ANALYSED_IN_PART)
    if in_part:
        text = f"{fmt.counted(len(in_part), 'participant')} analysed only in part"
        items.append(AttentionItem(text, in_part, "#exclusions"))
    return items


def _flag_items(inputs: ReportInputs, pages: list[ParticipantPage]) -> list[AttentionItem]:
    """Return one item for each kind of flag; what the scans' items say is not repeated."""
    of_scans = {(who, text) for text, concerned in _scan_warnings(inputs) for who in concerned}
    concerned: dict[str, list[str]] = {}
    for page in pages:
        for flag in page.flags if page.status != NOT_INCLUDED else []:
            if (page.participant_id, flag.code) not in of_scans:
                subject = flag.words.subject if flag.words else f"flags raised ({flag.stage})"
                concerned.setdefault(subject, []).append(page.participant_id)
    return [
        AttentionItem(labels.capitalised(subject), tuple(dict.fromkeys(names)), "#flags")
        for subject, names in concerned.items()
    ]


def _scan_items(inputs: ReportInputs) -> list[AttentionItem]:
    result = _scan_warnings(inputs)
    if len(result) > WARNINGS_SHOWN:
        names = tuple(dict.fromkeys(name for _, concerned in result for name in concerned))
        text = f"{fmt.counted(len(names), 'CT scan')} made in a way that may change HU"
        return [AttentionItem(text, names, "#scans")]
    return [
        AttentionItem(f"{text.removesuffix('.')} ({fmt.counted(len(names), 'CT scan')})", names,
                      "#scans")
        for text, names in result
    ]  # fmt: skip


def _scan_warnings(inputs: ReportInputs) -> list[tuple[str, tuple[str, ...]]]:
    """Return each different warning on CT scans with the participants it concerns."""
    concerned: dict[str, list[str]] = {}
    for scan in inputs.run.get("scans") or []:
        for text in scan.get("warnings") or []:
            concerned.setdefault(str(text), []).append(str(scan["participant_id"]))
    return [(text, tuple(names)) for text, names in concerned.items()]


def _missing_variable_items(inputs: ReportInputs, printer: Printer) -> list[AttentionItem]:
    missing = inputs.run.get("missing_variables") or []
    if not missing:
        return []
    names = fmt.joined([labels.in_sentence(printer.label(name)) for name in missing])
    return [AttentionItem(f"Variables absent from the participants’ table: {names}")]


def _missing_character_items(inputs: ReportInputs) -> list[AttentionItem]:
    missing = missing_characters(inputs.results)
    if not missing:
        return []
    return [
        AttentionItem(
            f"No font of the computer that drew the figures has {missing}: boxes stand for them in "
            "the figures"
        )
    ]
