"""Agreement of readers as the statistics have it: its measures, findings and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.statistics.groupings import NOTHING_IN_COMMON
from bonecohort.report.records import Record, records, text_of
from bonecohort.statistics.agreement.estimate import ONE_READER
from bonecohort.study.catalogue import measured_of_sites

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {
    "hu": ("Vertebra HU", "HU", 1),
    "hu_upper": ("Upper plane HU", "HU", 1),
    "hu_middle": ("Middle plane HU", "HU", 1),
    "hu_lower": ("Lower plane HU", "HU", 1),
    "total_spine_hu": ("Total spine HU", "HU", 1),
    "width_mm": ("Defect width", "mm", 2),
    "depth_mm": ("Defect depth", "mm", 2),
    "body_width_mm": ("Body width", "mm", 2),
    "body_height_mm": ("Body height", "mm", 2),
    "standardized_width": ("Standardized width", "", 3),
    "standardized_depth": ("Standardized depth", "", 3),
    "cumulative_score": ("Cumulative defect score", "", 3),
}
"""Label, unit and decimals of the paper's measures, in printing order."""
FINDINGS = {
    "endplate_defect": "Defect, yes or no",
    "defect_type": "Type: none, superior, inferior, bilateral",
    "n_affected_endplates": "Affected endplates: 0, 1, 2",
}
RATIO_DECIMALS = 2
NO_READER = "no reader measured anything"


def measure_words(measure: str) -> tuple[str, str, int]:
    """Return the label, the unit and the decimals of a measure; of readings, one more than means.

    Parameters
    ----------
    measure
        One of the paper's, or the column of sites.csv of another.
    """
    if measure in MEASURES:
        return MEASURES[measure]
    declared = measured_of_sites()[measure]
    return declared.label, declared.unit, declared.decimals + 1


def pair_text(first: str, second: str) -> str:
    """Print a pair of readers as the difference taken: ``reader 1 − reader 2``."""
    return f"reader {first} − reader {second}"


@dataclass(frozen=True)
class Agreement:
    """The rows of ``agreement.csv`` that the report prints: defects' sizes where all found one."""

    rows: list[Record]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Agreement:
        """Take the rows to print from the statistics' table."""
        return cls(records(frame[frame["among"] != "defect_by_any"]))

    @property
    def absent_because(self) -> str:
        """Why nothing can be shown; empty when readers were compared."""
        if any(text_of(row, "statistic") for row in self.rows):
            return ""
        reasons = {text_of(row, "warning").removeprefix("not computed: ") for row in self.rows}
        if not reasons:
            return f"{NO_READER}."
        known = (ONE_READER, NOTHING_IN_COMMON)
        return f"{next((text for text in known if reasons == {text}), '; '.join(sorted(reasons)))}."

    @property
    def measures(self) -> list[str]:
        """The measures that readers may have read: the paper's, then the others compared."""
        compared = dict.fromkeys(row["measure"] for row in self.rows)
        return [*MEASURES, *(name for name in compared if name not in {*MEASURES, *FINDINGS})]

    def compared(self, measure: str) -> dict[str, dict[str, Record]]:
        """Return a measure's statistics by their readers, those of all readers first."""
        result: dict[str, dict[str, Record]] = {}
        for row in self.rows:
            if row["measure"] == measure:
                result.setdefault(row["readers"], {})[text_of(row, "statistic")] = row
        return result
