"""The summary box: what was found, and what needs a second look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report import findings, words
from bonecohort.report import format as fmt
from bonecohort.report.participant_pages import (
    ANALYSED_IN_PART,
    EXCLUDED,
    NOT_INCLUDED,
    ParticipantPage,
)
from bonecohort.report.tables import records, text_of

if TYPE_CHECKING:
    from bonecohort.report.inputs import ReportInputs
    from bonecohort.study.settings import Settings

LINKS_SHOWN = 12
WARNINGS_SHOWN = 3  # of one table, before they are only counted


@dataclass(frozen=True)
class AttentionItem:
    """One thing to look at, with the participants it concerns."""

    text: str
    participant_ids: tuple[str, ...] = ()
    href: str = ""

    @property
    def linked(self) -> tuple[str, ...]:
        """The participants that are named."""
        return self.participant_ids[:LINKS_SHOWN]

    @property
    def n_more(self) -> int:
        """How many are not named."""
        return max(len(self.participant_ids) - LINKS_SHOWN, 0)


def key_facts(inputs: ReportInputs, pages: list[ParticipantPage]) -> list[tuple[str, str]]:
    """Return the counts printed at the head of the summary."""

    def recorded(name: str) -> str:
        value = findings.count(inputs.run, name)
        return fmt.NOT_RECORDED if value is None else str(value)

    n_flags = sum(len(page.flags) for page in pages)
    return [
        ("Participants analysed", recorded("analysed")),
        ("Not included", recorded("not_included")),
        ("Excluded for a fault", recorded("excluded_by_fault")),
        ("Vertebrae with HU", recorded("vertebrae_measured_hu")),
        ("Vertebrae with endplates read", recorded("vertebrae_read_endplates")),
        ("Flags", str(n_flags)),
    ]


def attention_items(
    inputs: ReportInputs, pages: list[ParticipantPage], settings: Settings
) -> list[AttentionItem]:
    """Return everything a reader should look at before using the numbers."""
    return [
        *_exclusion_items(pages),
        *_flag_items(pages),
        *_scan_items(inputs),
        *_missing_variable_items(inputs, settings),
        *_warning_items(inputs, settings),
    ]


def _exclusion_items(pages: list[ParticipantPage]) -> list[AttentionItem]:
    items = []
    excluded = tuple(page.participant_id for page in pages if page.status == EXCLUDED)
    if excluded:
        text = f"{fmt.counted(len(excluded), 'participant')} excluded for a fault in the data"
        items.append(AttentionItem(text, excluded, "#exclusions"))
    in_part = tuple(page.participant_id for page in pages if page.status == ANALYSED_IN_PART)
    if in_part:
        text = f"{fmt.counted(len(in_part), 'participant')} analysed only in part"
        items.append(AttentionItem(text, in_part, "#exclusions"))
    return items


def _flag_items(pages: list[ParticipantPage]) -> list[AttentionItem]:
    stages: dict[str, dict[str, int]] = {}
    for page in pages:
        if page.status == NOT_INCLUDED:
            continue
        for flag in page.flags:
            of_stage = stages.setdefault(flag.stage, {})
            of_stage[page.participant_id] = of_stage.get(page.participant_id, 0) + 1
    return [
        AttentionItem(
            f"{fmt.counted(sum(counts.values()), 'flag')} raised while {stage}"
            if stage in words.STAGES.values()
            else f"{fmt.counted(sum(counts.values()), 'flag')} raised ({stage})",
            tuple(counts),
            "#flags",
        )
        for stage, counts in stages.items()
    ]


def _scan_items(inputs: ReportInputs) -> list[AttentionItem]:
    concerned = tuple(
        str(scan["participant_id"])
        for scan in inputs.run.get("scans") or []
        if scan.get("warnings")
    )
    if not concerned:
        return []
    text = f"{fmt.counted(len(concerned), 'scan')} with settings that may shift HU"
    return [AttentionItem(text, concerned, "#scans")]


def _missing_variable_items(inputs: ReportInputs, settings: Settings) -> list[AttentionItem]:
    missing = inputs.run.get("missing_variables") or []
    if not missing:
        return []
    names = fmt.joined([words.label(name, settings) for name in missing])
    return [AttentionItem(f"Variables absent from the participants’ table: {names}")]


def _warning_items(inputs: ReportInputs, settings: Settings) -> list[AttentionItem]:
    concerned: dict[tuple[str, str], dict[str, None]] = {}
    for table, variable, text in _warnings(inputs):
        if text:
            label = words.in_sentence(words.label(variable, settings))
            concerned.setdefault((table, text), {})[label] = None
    return [
        AttentionItem(text, href=f"#{table.lower().replace(' ', '-')}")
        for table in dict.fromkeys(table for table, _ in concerned)
        for text in _of_table(table, concerned)
    ]


def _of_table(table: str, concerned: dict[tuple[str, str], dict[str, None]]) -> list[str]:
    texts = [
        f"{table}, {fmt.joined(list(labels))}: {text.removesuffix('.')}"
        for (of_table, text), labels in concerned.items()
        if of_table == table
    ]
    if len(texts) <= WARNINGS_SHOWN:
        return texts
    return [f"{table}: {len(texts)} different warnings; its footnotes tell them"]


def _warnings(inputs: ReportInputs) -> list[tuple[str, str, str]]:
    """Return (table, variable, warning) of every row the tables print."""
    compared = records(inputs.frame("statistics/comparisons.csv"), shown="yes")
    modelled = records(inputs.frame("statistics/models.csv"))
    regressed = records(inputs.frame("statistics/correlations.csv"))
    found = [
        ("Table 1" if row["table"] == "table1" else "Table 2", row["variable"], row)
        for row in compared
    ]
    found += [("Table 3", row["term"].partition("[")[0], row) for row in modelled]
    found += [("Table S2", row["y"], row) for row in regressed]
    return [(table, name, text_of(row, "warning")) for table, name, row in found]
