"""A participant's values by level and by region of interest, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.report.records import Record, text_of
from bonecohort.study.series import MEAN_OF_READERS

if TYPE_CHECKING:
    from bonecohort.report.results.inputs import Document

READER_METHOD = "ellipse3.reader"
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
    ("cumulative_score", "Cumulative score", 3),
)
ROI_COLUMNS = (
    ("hu", "Mean HU", 1),
    ("sd_hu", "SD, HU", 1),
    ("median_hu", "Median HU", 1),
    ("n_voxels", "Voxels", 0),
    ("area_mm2", "Area, mm²", 0),
)

VERTEBRA_HEADER = (
    "Level",
    *(title for _, title, _ in VALUE_COLUMNS[:4]),
    "Low HU",
    "Defect",
    *(title for _, title, _ in VALUE_COLUMNS[4:]),
)
ROI_HEADER = ("Level", "Plane", *(title for _, title, _ in ROI_COLUMNS), "Left out, % of region")


def vertebra_table(vertebrae: list[Record]) -> tuple[list[str], list[list[str]]]:
    """Return the titles and rows of a participant's values; empty columns are left out."""
    rows = [_vertebra_row(row) for row in vertebrae]
    kept = [
        column
        for column in range(len(VERTEBRA_HEADER))
        if column == 0 or any(row[column] != fmt.ABSENT for row in rows)
    ]
    header = [VERTEBRA_HEADER[column] for column in kept]
    return header, [[row[column] for column in kept] for row in rows]


def roi_rows(documents: dict[str, Document]) -> list[list[str]]:
    """Return one printed row a region of interest measured on the CT."""
    rows = []
    for level, document in sorted(documents.items()):
        rois = {roi.get("plane"): roi for roi in document.get("rois") or []}
        for plane in labels.PLANES:
            if plane in rois:
                roi = rois[plane]
                numbers = [fmt.number(roi.get(name), places) for name, _, places in ROI_COLUMNS]
                left_out = roi.get("excluded_fraction")
                share = fmt.number(None if left_out is None else 100 * left_out, 1)
                rows.append([level, plane, *numbers, share])
    return rows


def readers_regions(documents: dict[str, Document]) -> str:
    """Say which levels' regions readers drew, and who; empty where all are automatic."""
    drawn: dict[str, list[str]] = {}
    for level, document in sorted(documents.items()):
        if document.get("method") == READER_METHOD:
            readers = dict.fromkeys(
                row["reader"]
                for row in document["measurements"]
                if row["reader"] != MEAN_OF_READERS
            )
            drawn.setdefault(fmt.joined(list(readers)), []).append(level)
    phrases = [
        f"{fmt.span(levels)}: drawn by {'readers' if ' and ' in readers else 'reader'} {readers}"
        for readers, levels in drawn.items()
    ]
    return f"Regions of interest of {fmt.listed(phrases)}." if phrases else ""


def _vertebra_row(row: Record) -> list[str]:
    kind = text_of(row, "defect_type")
    numbers = [fmt.number(value_of(row, name), places) for name, _, places in VALUE_COLUMNS]
    low = text_of(row, "low_hu") or fmt.ABSENT
    words_of_kind = labels.DEFECT_TYPES.get(kind, kind) or fmt.ABSENT
    return [text_of(row, "level"), *numbers[:4], low, words_of_kind.lower(), *numbers[4:]]


def value_of(row: Record, name: str) -> float | None:
    """Return a number of a row, None for a blank or an absent column."""
    value: Any = row.get(name)
    return None if value is None or pd.isna(value) else float(value)
