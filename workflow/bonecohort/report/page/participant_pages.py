"""What the report shows of each participant: values by level, flags, exclusions, pictures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.page.participant_values import (
    readers_regions,
    roi_rows,
    value_of,
    vertebra_table,
)
from bonecohort.report.pictures.embedding import Picture, embedded_picture
from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, records, text_of
from bonecohort.report.results.exclusions_and_flags import Remark, all_exclusions, all_flags
from bonecohort.report.results.inputs import NOT_INCLUDED as NOT_ELIGIBLE
from bonecohort.techniques.registry import methods as method_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bonecohort.report.page.section import PagePicture
    from bonecohort.report.results.inputs import Document, ReportInputs

NOT_INCLUDED, EXCLUDED = "not included", "excluded"
ANALYSED, ANALYSED_IN_PART = "analysed", "analysed in part"


@dataclass(frozen=True)
class ParticipantPage:
    """One participant's section, ready to be printed."""

    participant_id: str
    status: str
    summary: str
    vertebra_header: list[str]
    vertebrae: list[list[str]]
    rois: list[list[str]]
    flags: list[Remark]
    notes: list[Remark]
    exclusions: list[Remark]
    methods: str
    readers_regions: str
    scans: list[str]
    pictures: list[Picture]

    @property
    def anchor(self) -> str:
        """Name that links point to, ``qc-P001``."""
        return f"qc-{self.participant_id}"


def participant_pages(
    inputs: ReportInputs, pictures: Mapping[str, PagePicture]
) -> list[ParticipantPage]:
    """Return the page of every participant that any part of the results names.

    ``pictures`` are those of a participant, by the names of their files.
    """
    rows = {row["participant_id"]: row for row in records(inputs.frame("tables/participants.csv"))}
    vertebrae = _by_participant(records(inputs.frame("tables/vertebrae.csv")))
    exclusions, flags = map(_by_name, (all_exclusions(inputs), all_flags(inputs)))
    scans = _by_participant(inputs.run.get("scans") or [])
    methods = _methods(inputs.frame("tables/measurements.csv"))
    named = {*vertebrae, *exclusions, *flags, *scans, *inputs.hounsfield}
    identifiers = [*rows, *sorted(named - rows.keys())]
    made = []
    for name in identifiers:
        of_one = flags.get(name, [])
        noteworthy = [flag for flag in of_one if flag.noteworthy]
        header, printed = vertebra_table(vertebrae.get(name, []))
        page = ParticipantPage(
            participant_id=name,
            status=EXCLUDED
            if name in participants_left_out(inputs)
            else status(exclusions.get(name, []), vertebrae.get(name, [])),
            summary=_summary(rows.get(name, {}), vertebrae.get(name, []), noteworthy),
            vertebra_header=header,
            vertebrae=printed,
            rois=roi_rows(inputs.hounsfield.get(name, {})),
            flags=noteworthy,
            notes=[flag for flag in of_one if not flag.noteworthy],
            exclusions=exclusions.get(name, []),
            methods=methods.get(name, ""),
            readers_regions=readers_regions(inputs.hounsfield.get(name, {})),
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
    told = {
        "tube voltage {} kV": scan.get("kvp"),
        "kernel {}": ", ".join(map(str, kernel)) if isinstance(kernel, list) else kernel,
        "slice thickness {} mm": scan.get("slice_thickness_mm"),
        "contrast agent {}": scan.get("contrast") or "none recorded",
    }
    return f"CT: {', '.join(text.format(value) for text, value in told.items() if value)}."


def status(exclusions: list[Remark], vertebrae: list[Record]) -> str:
    """Tell whether a participant was never included, excluded by a fault, or analysed."""
    whole = [exclusion for exclusion in exclusions if not exclusion.level]
    if any(exclusion.stage == NOT_ELIGIBLE for exclusion in whole):
        return NOT_INCLUDED
    measured = any(
        value_of(row, "hu") is not None or text_of(row, "defect_type") in labels.READ_TYPES
        for row in vertebrae
    )
    if whole and not measured:
        return EXCLUDED
    return ANALYSED_IN_PART if exclusions else ANALYSED


def participants_left_out(inputs: ReportInputs) -> frozenset[str]:
    """Return those of whom the study's table of exclusions leaves out all that was measured."""
    return frozenset((inputs.run.get("left_out") or {}).get("participants") or ())


def _by_participant(rows: list[Record]) -> dict[str, list[Record]]:
    grouped: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        grouped[str(row["participant_id"])].append(row)
    return dict(grouped)


def _by_name(remarks_of_all: list[Remark]) -> dict[str, list[Remark]]:
    grouped: dict[str, list[Remark]] = defaultdict(list)
    for remark in remarks_of_all:
        grouped[remark.participant_id].append(remark)
    return dict(grouped)


def _methods(measurements: pd.DataFrame) -> dict[str, str]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in records(measurements[["participant_id", "method"]].drop_duplicates()):
        found[row["participant_id"]][text_of(row, "method")] = None
    words = method_words()
    return {
        name: "; ".join(words.get(method, method) for method in methods if method)
        for name, methods in found.items()
    }


def _summary(row: Record, vertebrae: list[Record], flags: list[Remark]) -> str:
    parts = []
    hu = row.get("total_spine_hu")
    if hu is not None and not pd.isna(hu):
        parts.append(f"total spine HU {fmt.number(hu, 1)}")
    kinds = [(text_of(v, "level"), text_of(v, "defect_type")) for v in vertebrae]
    defects = [f"{level} {kind}" for level, kind in kinds if kind in labels.PRESENT_DEFECTS]
    if defects:
        parts.append(f"defects: {', '.join(defects)}")
    elif any(kind == "none" for _, kind in kinds):
        parts.append("no endplate defect")
    if flags:
        parts.append(fmt.counted(len(flags), "flag"))
    return "; ".join(parts)


def _picture_paths(inputs: ReportInputs, name: str, files: Iterable[str]) -> list[Path]:
    if name not in inputs.included:
        return []
    folder = inputs.results / "participants" / name / "qc"
    return [folder / file for file in files if (folder / file).is_file()]
