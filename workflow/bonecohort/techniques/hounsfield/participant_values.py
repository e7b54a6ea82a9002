"""What the report says about the HU of each participant: by level, and of every region."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.report.page.participant_values import (
    DetailTable,
    OfParticipant,
    printed_numbers,
    value_of,
)
from bonecohort.report.printing import format as fmt
from bonecohort.report.records import Record, records, text_of
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.techniques.hounsfield.decimals import PLANE_DECIMALS, VERTEBRA_DECIMALS
from bonecohort.techniques.hounsfield.names import PLANES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.report.results.inputs import Document, ReportInputs

READER_METHOD = "ellipse3.reader"
OF_PLANES = {"hu_upper": "HU upper", "hu_middle": "HU middle", "hu_lower": "HU lower"}
HEADER = (*OF_PLANES.values(), "HU mean", "Low HU")
OF_REGION = (
    ("hu", "Mean HU", PLANE_DECIMALS),
    ("sd_hu", "SD, HU", PLANE_DECIMALS),
    ("median_hu", "Median HU", PLANE_DECIMALS),
    ("n_voxels", "Voxels", 0),
    ("area_mm2", "Area, mm²", 0),
)
REGION_HEADER = ("Level", "Plane", *(title for _, title, _ in OF_REGION), "Left out, % of region")


def of_participants(inputs: ReportInputs) -> dict[str, OfParticipant]:
    """Return what is shown of each participant who is in the cohort's table of vertebrae."""
    total = {
        row["participant_id"]: row.get("total_spine_hu")
        for row in records(inputs.frame("tables/participants.csv"))
    }
    levels: dict[str, list[Record]] = defaultdict(list)
    for row in records(inputs.frame("tables/vertebrae.csv")):
        levels[row["participant_id"]].append(row)
    regions = inputs.records_by_site("hounsfield")
    return {
        name: _of_one(levels.get(name, []), total.get(name), regions.get(name, {}))
        for name in {**levels, **regions}
    }


def _of_one(
    levels: list[Record], total: float | None, regions: Mapping[str, Document]
) -> OfParticipant:
    columns = [(name, PLANE_DECIMALS) for name in OF_PLANES] + [("hu", VERTEBRA_DECIMALS)]
    values = {
        text_of(row, "level"): (
            *printed_numbers(row, columns),
            text_of(row, "low_hu") or fmt.ABSENT,
        )
        for row in levels
    }
    rows = region_rows(regions)
    return OfParticipant(
        HEADER,
        values,
        is_known=any(value_of(row, "hu") is not None for row in levels),
        summary=()
        if total is None or pd.isna(total)
        else (f"total spine HU {fmt.number(total, VERTEBRA_DECIMALS)}",),
        tables=(
            (DetailTable("Regions of interest", REGION_HEADER, rows, who_drew(regions)),)
            if rows
            else ()
        ),
    )


def region_rows(documents: Mapping[str, Document]) -> tuple[tuple[str, ...], ...]:
    """Return one printed row a region of interest measured on the CT."""
    rows = []
    for level, document in sorted(documents.items()):
        rois = {roi.get("plane"): roi for roi in document.get("rois") or []}
        for plane in PLANES:
            if plane in rois:
                roi = rois[plane]
                numbers = [fmt.number(roi.get(name), places) for name, _, places in OF_REGION]
                left_out = roi.get("excluded_fraction")
                share = fmt.number(None if left_out is None else 100 * left_out, 1)
                rows.append((level, plane, *numbers, share))
    return tuple(rows)


def who_drew(documents: Mapping[str, Document]) -> str:
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
