"""What the report shows of each participant: values by level, flags, exclusions, pictures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import values_by_site
from bonecohort.report.pictures.embedding import Picture, embedded_picture
from bonecohort.report.printing import format as fmt
from bonecohort.report.records import by_participant, records, text_of
from bonecohort.report.results.exclusions_and_flags import Remark, all_exclusions, all_flags
from bonecohort.report.results.inputs import NOT_INCLUDED as NOT_ELIGIBLE
from bonecohort.techniques.registry import methods as method_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pandas as pd

    from bonecohort.report.page.participant_values import DetailTable, ValuesBySite
    from bonecohort.report.page.section import Contribution
    from bonecohort.report.results.inputs import Document, ReportInputs

NOT_INCLUDED, EXCLUDED = "not included", "excluded"
ANALYSED, ANALYSED_IN_PART = "analysed", "analysed in part"


@dataclass(frozen=True)
class ParticipantPage:
    """One participant's section, ready to be printed."""

    participant_id: str
    status: str
    summary: str
    values: ValuesBySite | None
    tables: list[DetailTable]
    flags: list[Remark]
    notes: list[Remark]
    exclusions: list[Remark]
    methods: str
    scans: list[str]
    pictures: list[Picture]

    @property
    def anchor(self) -> str:
        """Name that links point to, ``qc-P001``."""
        return f"qc-{self.participant_id}"


def participant_pages(
    inputs: ReportInputs, added: Sequence[Contribution], levels: Sequence[str]
) -> list[ParticipantPage]:
    """Return the page of every participant that any part of the results names.

    Parameters
    ----------
    inputs
        What was read from the results folder.
    added
        What techniques show of participants, and their pictures.
    levels
        The levels of the study.
    """
    rows = dict.fromkeys(inputs.frame("tables/participants.csv")["participant_id"])
    exclusions, flags = map(_by_name, (all_exclusions(inputs), all_flags(inputs)))
    scans = by_participant(inputs.run.get("scans") or [])
    methods = _methods(inputs.frame("tables/measurements.csv"))
    named = {
        *exclusions,
        *flags,
        *scans,
        *(name for part in added for name in part.of_participants),
    }
    pictures = {file: of for part in added for file, of in part.pictures.items()}
    left_out = participants_left_out(inputs)
    made = []
    for name in [*rows, *sorted(named - rows.keys())]:
        parts = [part.of_participants[name] for part in added if name in part.of_participants]
        of_one = flags.get(name, [])
        noteworthy = [flag for flag in of_one if flag.noteworthy]
        summary = [phrase for part in parts for phrase in part.summary]
        summary += [fmt.counted(len(noteworthy), "flag")] if noteworthy else []
        page = ParticipantPage(
            participant_id=name,
            status=EXCLUDED
            if name in left_out
            else status(
                exclusions.get(name, []),
                is_measured=name in methods or any(part.is_known for part in parts),
            ),
            summary="; ".join(summary),
            values=values_by_site(parts, levels),
            tables=[table for part in parts for table in part.tables],
            flags=noteworthy,
            notes=[flag for flag in of_one if not flag.noteworthy],
            exclusions=exclusions.get(name, []),
            methods=methods.get(name, ""),
            scans=[scan_phrase(scan) for scan in scans.get(name, [])],
            pictures=[
                embedded_picture(
                    path,
                    f"{name}: {pictures[path.name].shows}, or why there is none.",
                    pictures[path.name].most_bytes,
                )
                for path in _picture_paths(inputs, name, pictures)
            ],
        )
        made.append(page)
    return made


def scan_phrase(scan: Document) -> str:
    """Say with what a CT was made; what the scan does not record is left unsaid."""
    if scan.get("warnings") is None:
        return "The CT could not be used."
    kernel = scan.get("kernel")
    shown_values = {
        "tube voltage {} kV": scan.get("kvp"),
        "kernel {}": ", ".join(map(str, kernel)) if isinstance(kernel, list) else kernel,
        "slice thickness {} mm": scan.get("slice_thickness_mm"),
        "contrast agent {}": scan.get("contrast") or "none recorded",
    }
    return f"CT: {', '.join(text.format(value) for text, value in shown_values.items() if value)}."


def status(exclusions: list[Remark], *, is_measured: bool) -> str:
    """Return whether a participant was never included, excluded by a fault, or analysed."""
    whole = [exclusion for exclusion in exclusions if not exclusion.level]
    if any(exclusion.stage == NOT_ELIGIBLE for exclusion in whole):
        return NOT_INCLUDED
    if whole and not is_measured:
        return EXCLUDED
    return ANALYSED_IN_PART if exclusions else ANALYSED


def participants_left_out(inputs: ReportInputs) -> frozenset[str]:
    """Return those of whom the study's table of exclusions leaves out all that was measured."""
    return frozenset((inputs.run.get("left_out") or {}).get("participants") or ())


def _by_name(remarks_of_all: list[Remark]) -> dict[str, list[Remark]]:
    grouped: dict[str, list[Remark]] = defaultdict(list)
    for remark in remarks_of_all:
        grouped[remark.participant_id].append(remark)
    return dict(grouped)


def _methods(measurements: pd.DataFrame) -> dict[str, str]:
    result: dict[str, dict[str, None]] = defaultdict(dict)
    for row in records(measurements[["participant_id", "method"]].drop_duplicates()):
        result[row["participant_id"]][text_of(row, "method")] = None
    words = method_words()
    return {
        name: "; ".join(words.get(method, method) for method in methods if method)
        for name, methods in result.items()
    }


def _picture_paths(inputs: ReportInputs, name: str, files: Iterable[str]) -> list[Path]:
    if name not in inputs.included:
        return []
    folder = inputs.results / "participants" / name / "qc"
    return [folder / file for file in files if (folder / file).is_file()]
