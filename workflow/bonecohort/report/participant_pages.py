"""What the report shows of each participant: values by level, flags, exclusions, pictures."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.report import format as fmt
from bonecohort.report import words
from bonecohort.report.pictures import Picture, budgets, embedded_picture
from bonecohort.report.tables import Record, records, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.report.inputs import Document, ReportInputs

NOT_INCLUDED, EXCLUDED = "not included", "excluded"
ANALYSED, ANALYSED_IN_PART = "analysed", "analysed in part"
QC_PICTURES = {
    "hounsfield.png": (
        "CT with the three elliptical regions of interest of each vertebra on their oblique "
        "planes, and a sagittal view"
    ),
    "endplates.png": "mid-sagittal T2-weighted image with the lines measured on it",
}
VALUE_COLUMNS = (
    ("hu_upper", "HU upper", 1),
    ("hu_middle", "HU middle", 1),
    ("hu_lower", "HU lower", 1),
    ("hu", "HU mean", 1),
    ("width_mm", "Width a, mm", 1),
    ("depth_mm", "Depth b, mm", 1),
    ("body_width_mm", "Body width c, mm", 1),
    ("body_height_mm", "Body height, mm", 1),
    ("standardized_width", "a/c", 3),
    ("standardized_depth", "b/height", 3),
    ("cumulative_score", "Score", 3),
)
ROI_COLUMNS = (
    ("hu", "Mean HU", 1),
    ("sd_hu", "SD, HU", 1),
    ("median_hu", "Median HU", 1),
    ("n_voxels", "Voxels", 0),
    ("area_mm2", "Area, mm²", 0),
)


@dataclass(frozen=True)
class Remark:
    """An exclusion or a flag; the level is blank when it is of the whole participant."""

    participant_id: str
    level: str
    stage: str
    text: str


@dataclass(frozen=True)
class ParticipantPage:
    """One participant's section, ready to be printed."""

    participant_id: str
    status: str
    summary: str
    vertebrae: list[list[str]]
    rois: list[list[str]]
    flags: list[Remark]
    exclusions: list[Remark]
    methods: str
    scans: list[Document]
    pictures: list[Picture]

    @property
    def anchor(self) -> str:
        """Name that links point to, ``qc-P001``."""
        return f"qc-{self.participant_id}"


def all_exclusions(inputs: ReportInputs) -> list[Remark]:
    """Return every exclusion in the order of the table."""
    return remarks(inputs.frame("tables/exclusions.csv"), "reason")


def all_flags(inputs: ReportInputs) -> list[Remark]:
    """Return every flag in the order of the table."""
    return remarks(inputs.frame("tables/flags.csv"), "text")


def remarks(frame: pd.DataFrame, text_column: str) -> list[Remark]:
    """Return the rows of the exclusions or flags table."""
    return [
        Remark(
            text_of(row, "participant_id"),
            text_of(row, "level"),
            words.STAGES.get(text_of(row, "stage"), text_of(row, "stage")),
            text_of(row, text_column),
        )
        for row in records(frame)
    ]


def participant_pages(inputs: ReportInputs) -> list[ParticipantPage]:
    """Return the page of every participant that any part of the results names."""
    rows = {row["participant_id"]: row for row in records(inputs.frame("tables/participants.csv"))}
    vertebrae = _by_participant(records(inputs.frame("tables/vertebrae.csv")))
    exclusions, flags = map(_by_name, (all_exclusions(inputs), all_flags(inputs)))
    scans = _by_participant(inputs.run.get("scans") or [])
    methods = _methods(inputs.frame("tables/measurements.csv"))
    named = {*vertebrae, *exclusions, *flags, *scans, *inputs.hounsfield}
    identifiers = [*rows, *sorted(named - rows.keys())]
    paths = {name: _picture_paths(inputs, name) for name in identifiers}
    bytes_of = budgets([path for of_one in paths.values() for path in of_one], len(identifiers))
    return [
        ParticipantPage(
            participant_id=name,
            status=status(exclusions.get(name, []), vertebrae.get(name, [])),
            summary=_summary(rows.get(name, {}), vertebrae.get(name, []), flags.get(name, [])),
            vertebrae=[_vertebra_row(row) for row in vertebrae.get(name, [])],
            rois=roi_rows(inputs.hounsfield.get(name, {})),
            flags=flags.get(name, []),
            exclusions=exclusions.get(name, []),
            methods=methods.get(name, fmt.NOT_RECORDED),
            scans=scans.get(name, []),
            pictures=[
                embedded_picture(path, f"{name}: {QC_PICTURES[path.name]}.", bytes_of[path])
                for path in paths[name]
            ],
        )
        for name in identifiers
    ]


def status(exclusions: list[Remark], vertebrae: list[Record]) -> str:
    """Tell whether a participant was never included, excluded by a fault, or analysed."""
    whole = [exclusion for exclusion in exclusions if not exclusion.level]
    if any(exclusion.stage == words.STAGES["eligibility"] for exclusion in whole):
        return NOT_INCLUDED
    measured = any(
        _value(row, "hu") is not None or text_of(row, "defect_type") in words.READ_TYPES
        for row in vertebrae
    )
    if whole and not measured:
        return EXCLUDED
    return ANALYSED_IN_PART if exclusions else ANALYSED


def roi_rows(documents: dict[str, Document]) -> list[list[str]]:
    """Return one printed row a region of interest measured on the CT."""
    rows = []
    for level, document in sorted(documents.items()):
        rois = {roi.get("plane"): roi for roi in document.get("rois") or []}
        for plane in words.PLANES:
            if plane in rois:
                roi = rois[plane]
                numbers = [fmt.number(roi.get(name), places) for name, _, places in ROI_COLUMNS]
                left_out = roi.get("excluded_fraction")
                share = fmt.ABSENT if left_out is None else fmt.percent(left_out, 1)
                rows.append([level, plane, *numbers, share])
    return rows


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
    return {name: ", ".join(filter(None, methods)) for name, methods in found.items()}


def _summary(row: Record, vertebrae: list[Record], flags: list[Remark]) -> str:
    parts = []
    hu = row.get("total_spine_hu")
    if hu is not None and not pd.isna(hu):
        parts.append(f"total spine HU {fmt.number(hu, 1)}")
    kinds = [(text_of(v, "level"), text_of(v, "defect_type")) for v in vertebrae]
    defects = [f"{level} {kind}" for level, kind in kinds if kind in words.PRESENT_DEFECTS]
    if defects:
        parts.append(f"defects: {', '.join(defects)}")
    elif any(kind == "none" for _, kind in kinds):
        parts.append("no endplate defect")
    if flags:
        parts.append(fmt.counted(len(flags), "flag"))
    return "; ".join(parts)


def _vertebra_row(row: Record) -> list[str]:
    kind = text_of(row, "defect_type")
    numbers = [fmt.number(_value(row, name), places) for name, _, places in VALUE_COLUMNS]
    low = text_of(row, "low_hu") or fmt.ABSENT
    words_of_kind = words.DEFECT_TYPES.get(kind, kind) or fmt.ABSENT
    return [text_of(row, "level"), *numbers[:4], low, words_of_kind.lower(), *numbers[4:]]


def _value(row: Record, name: str) -> float | None:
    value: Any = row.get(name)
    return None if value is None or pd.isna(value) else float(value)


def _picture_paths(inputs: ReportInputs, name: str) -> list[Path]:
    folder = inputs.results / "participants" / name / "qc"
    return [folder / file for file in QC_PICTURES if (folder / file).is_file()]


VERTEBRA_HEADER = (
    "Level",
    *(title for _, title, _ in VALUE_COLUMNS[:4]),
    "Low HU",
    "Defect",
    *(title for _, title, _ in VALUE_COLUMNS[4:]),
)
ROI_HEADER = ("Level", "Plane", *(title for _, title, _ in ROI_COLUMNS), "Left out")
