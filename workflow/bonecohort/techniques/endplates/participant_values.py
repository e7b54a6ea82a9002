"""What the report says about the endplates of each participant, by level."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bonecohort.report.page.participant_values import OfParticipant, printed_numbers
from bonecohort.report.printing import format as fmt
from bonecohort.report.records import Record, records, text_of
from bonecohort.techniques.endplates.tables import DEFECTS, NO_DEFECT, READ

if TYPE_CHECKING:
    from bonecohort.report.results.inputs import ReportInputs

TYPES = {
    "superior": "superior only",
    "inferior": "inferior only",
    "bilateral": "both endplates",
    "none": "no defect",
    "not_assessable": "not assessable",
}
OF_LEVEL = (
    ("width_mm", "Width a, mm", 1),
    ("depth_mm", "Depth b, mm", 1),
    ("body_width_mm", "Body width c, mm", 1),
    ("body_height_mm", "Body height, mm", 1),
    ("standardized_width", "a/c", 3),
    ("standardized_depth", "b/height", 3),
    ("cumulative_score", "Cumulative score", 3),
)
HEADER = ("Defect", *(title for _, title, _ in OF_LEVEL))


def of_participants(inputs: ReportInputs) -> dict[str, OfParticipant]:
    """Return what is shown of each participant who is in the cohort's table of vertebrae."""
    levels: dict[str, list[Record]] = defaultdict(list)
    for row in records(inputs.frame("tables/vertebrae.csv")):
        levels[row["participant_id"]].append(row)
    return {name: _of_one(rows) for name, rows in levels.items()}


def _of_one(levels: list[Record]) -> OfParticipant:
    types = {text_of(row, "level"): text_of(row, "defect_type") for row in levels}
    columns = [(name, places) for name, _, places in OF_LEVEL]
    values = {
        text_of(row, "level"): (_word(text_of(row, "defect_type")), *printed_numbers(row, columns))
        for row in levels
    }
    return OfParticipant(
        HEADER,
        values,
        is_known=any(kind in READ for kind in types.values()),
        summary=_summary(types),
    )


def _word(kind: str) -> str:
    return TYPES.get(kind, kind) or fmt.ABSENT


def _summary(types: dict[str, str]) -> tuple[str, ...]:
    defects = [f"{level} {kind}" for level, kind in types.items() if kind in DEFECTS]
    if defects:
        return (f"defects: {', '.join(defects)}",)
    return ("no endplate defect",) if NO_DEFECT in types.values() else ()
