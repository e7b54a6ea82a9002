"""The summary box: what was found, and what needs a second look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.page.participant_pages import (
    ANALYSED_IN_PART,
    EXCLUDED,
    NOT_INCLUDED,
    ParticipantPage,
)
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.printing.circular_variables import circular_notes
from bonecohort.report.printing.flag_labels import flag_words
from bonecohort.report.printing.split_labels import split_words
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.results.availability import what_is_known
from bonecohort.report.results.counts import count
from bonecohort.report.text.statistical_warnings import Told, warnings_told
from bonecohort.study.layout import missing_characters

if TYPE_CHECKING:
    from bonecohort.report.results.inputs import ReportInputs
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
        value = count(inputs.run, name)
        return fmt.NOT_RECORDED if value is None else str(value)

    failed = _failed(inputs)
    n_flags = sum(len(page.flags) for page in pages)  # as listed: one for levels that say the same
    return [
        ("Participants analysed", recorded("analysed")),
        ("Not included", recorded("not_included")),
        ("Excluded for a fault", recorded("excluded_by_fault")),
        *([("With a job that failed", str(len(failed)))] if failed else []),
        ("Vertebrae with HU", recorded("vertebrae_measured_hu")),
        ("Vertebrae with endplates read", recorded("vertebrae_read_endplates")),
        ("Flags", str(n_flags)),
    ]


def attention_items(
    inputs: ReportInputs, pages: list[ParticipantPage], settings: Settings
) -> list[AttentionItem]:
    """Return everything a reader should look at before using the numbers."""
    known = what_is_known(inputs, settings)
    return [
        *_exclusion_items(inputs, pages),
        *_flag_items(inputs, pages),
        *_scan_items(inputs),
        *_missing_variable_items(inputs, settings),
        *_missing_character_items(inputs),
        *(
            [
                *_missing_value_items(inputs, settings),
                *_circular_items(settings),
                *_warning_items(inputs, settings),
            ]
            if known.anything_compared
            else [_nothing_compared(settings)]
        ),
    ]


def _nothing_compared(settings: Settings) -> AttentionItem:
    unknown = split_words(settings.analysis.table1_grouping, settings).nobody
    return AttentionItem(
        f"{labels.capitalised(unknown)}, so no groups were compared and no model was fitted"
    )


def _failed(inputs: ReportInputs) -> tuple[str, ...]:
    """Return the participants of whom a job failed, for an error of the program or the machine."""
    return tuple(inputs.run.get("failed") or ())


def _exclusion_items(inputs: ReportInputs, pages: list[ParticipantPage]) -> list[AttentionItem]:
    items = []
    failed = _failed(inputs)
    if failed:
        text = (
            f"{fmt.counted(len(failed), 'participant')} with a job that failed: this report lacks "
            "what it would have measured, and the next run tries it again"
        )
        items.append(AttentionItem(text, failed, "#exclusions"))
    pages = [page for page in pages if page.participant_id not in failed]
    excluded = tuple(page.participant_id for page in pages if page.status == EXCLUDED)
    if excluded:
        text = f"{fmt.counted(len(excluded), 'participant')} excluded for a fault in the data"
        items.append(AttentionItem(text, excluded, "#exclusions"))
    in_part = tuple(page.participant_id for page in pages if page.status == ANALYSED_IN_PART)
    if in_part:
        text = f"{fmt.counted(len(in_part), 'participant')} analysed only in part"
        items.append(AttentionItem(text, in_part, "#exclusions"))
    return items


def _flag_items(inputs: ReportInputs, pages: list[ParticipantPage]) -> list[AttentionItem]:
    """Return one item for each kind of flag; what the scans' items tell is not told twice."""
    of_scans = {(who, text) for text, concerned in _scan_warnings(inputs) for who in concerned}
    concerned: dict[str, list[str]] = {}
    for page in pages:
        for flag in page.flags if page.status != NOT_INCLUDED else []:
            if (page.participant_id, flag.code) not in of_scans:
                meant = flag_words(flag.code)
                subject = meant.subject if meant else f"flags raised ({flag.stage})"
                concerned.setdefault(subject, []).append(page.participant_id)
    return [
        AttentionItem(labels.capitalised(subject), tuple(dict.fromkeys(names)), "#flags")
        for subject, names in concerned.items()
    ]


def _scan_items(inputs: ReportInputs) -> list[AttentionItem]:
    found = _scan_warnings(inputs)
    if len(found) > WARNINGS_SHOWN:
        names = tuple(dict.fromkeys(name for _, concerned in found for name in concerned))
        text = f"{fmt.counted(len(names), 'CT scan')} made in a way that may change HU"
        return [AttentionItem(text, names, "#scans")]
    return [
        AttentionItem(f"{text.removesuffix('.')} ({fmt.counted(len(names), 'CT scan')})", names,
                      "#scans")
        for text, names in found
    ]  # fmt: skip


def _scan_warnings(inputs: ReportInputs) -> list[tuple[str, tuple[str, ...]]]:
    """Return each different warning on CT scans with the participants it concerns."""
    concerned: dict[str, list[str]] = {}
    for scan in inputs.run.get("scans") or []:
        for text in scan.get("warnings") or []:
            concerned.setdefault(str(text), []).append(str(scan["participant_id"]))
    return [(text, tuple(names)) for text, names in concerned.items()]


def _missing_variable_items(inputs: ReportInputs, settings: Settings) -> list[AttentionItem]:
    missing = inputs.run.get("missing_variables") or []
    if not missing:
        return []
    names = fmt.joined([labels.in_sentence(labels.label(name, settings)) for name in missing])
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


def _missing_value_items(inputs: ReportInputs, settings: Settings) -> list[AttentionItem]:
    """Tell which variables lack values, and how many participants the models leave out."""
    missing = inputs.frame("statistics/missing.csv")
    items = []
    lacking = [row for row in records(missing, scope="variable") if row["n_missing"] > 0]
    if lacking:
        told = [f"{_label(row, settings)} {row['n_missing']:.0f}" for row in lacking]
        total = lacking[0]["n_participants"]
        items.append(f"Missing values, of {total:.0f} participants: {', '.join(told)}")
    by_model = [row for row in records(missing, scope="model") if row["n_missing"] > 0]
    single = [row for row in by_model if row["model"] != "multivariable"]
    items += [
        f"{row['n_missing']:.0f} of {row['n_participants']:.0f} participants left out of the "
        "multivariable model, as a value is missing"
        for row in by_model
        if row["model"] == "multivariable"
    ]
    if single:
        told = [f"{_label(row, settings)} {row['n_missing']:.0f}" for row in single]
        total = single[0]["n_participants"]
        items.append(
            f"Left out of univariate models, of {total:.0f} participants: {', '.join(told)}"
        )
    return [AttentionItem(text, href="#table-s13") for text in items]


def _label(row: Record, settings: Settings) -> str:
    return labels.in_sentence(labels.label(text_of(row, "variables"), settings))


def _circular_items(settings: Settings) -> list[AttentionItem]:
    return [
        AttentionItem(f"{table}: {labels.in_sentence(note).removesuffix('.')}", href=_href(table))
        for table, note in circular_notes(settings).items()
    ]


def _href(table: str) -> str:
    return f"#{table.lower().replace(' ', '-')}" if table.startswith("Table ") else ""


def _warning_items(inputs: ReportInputs, settings: Settings) -> list[AttentionItem]:
    """Return the warnings of every table, of a table that has many only their number."""
    by_table: dict[str, list[Told]] = {}
    for told in warnings_told(inputs, settings):
        by_table.setdefault(next(iter(told.tables)), []).append(told)
    return [
        AttentionItem(text, href=_href(table))
        for table, found in by_table.items()
        for text in _of_table(table, found)
    ]


def _of_table(table: str, found: list[Told]) -> list[str]:
    if len(found) <= WARNINGS_SHOWN:
        return [told.sentence for told in found]
    return [f"{table}: {len(found)} different warnings; its footnotes tell them"]
