"""How participants and vertebrae are split in groups for Tables 1 and 2."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bonecohort.statistics.variables import group_order, known_variables

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

PAIRS = "{table}_pairs"
DEFECT_TYPES = ("superior", "inferior", "bilateral")
READ_TYPES = ("none", *DEFECT_TYPES)
LUMBAR_REGION = {"L1": "upper", "L2": "upper", "L3": "upper", "L4": "lower", "L5": "lower"}
"""Upper lumbar is L1–L3; lower is L4–L5 (the paper's footnote says L4–S1)."""


@dataclass(frozen=True)
class Grouping:
    """A split of the rows of ``frame`` in two or more groups.

    ``labels`` has the frame's index and holds one of ``groups``, another text or a missing value;
    ``warning`` says why no row could be labelled.
    """

    table: str
    name: str
    groups: tuple[str, ...]
    frame: pd.DataFrame
    labels: pd.Series
    warning: str = ""

    def part(self, group: str) -> pd.DataFrame:
        """Return the rows of one group."""
        return self.frame[self.labels == group]

    def pooled(self) -> pd.DataFrame:
        """Return the rows of any group; all rows where the split is unknown for everyone."""
        if self.labels.isna().all():
            return self.frame
        return self.frame[self.labels.isin(self.groups)]

    def pairs(self) -> list[Grouping]:
        """Return each two of more than two groups as a grouping of its own."""
        if len(self.groups) == 2:
            return []
        table = PAIRS.format(table=self.table)
        return [
            replace(self, table=table, groups=two) for two in itertools.combinations(self.groups, 2)
        ]


def defect_vertebrae(vertebrae: pd.DataFrame) -> pd.DataFrame:
    """Return the vertebrae that have a defect of either endplate, or both."""
    return vertebrae[vertebrae["defect_type"].isin(DEFECT_TYPES)]


def table1_grouping(participants: pd.DataFrame, settings: Settings) -> Grouping:
    """Split participants by ``analysis.table1_grouping``: yes, then no, else as declared."""
    name = settings.analysis.table1_grouping
    groups = group_order(known_variables(settings)[name])
    return Grouping("table1", name, groups, participants, participants[name])


def table2_grouping(
    name: str, participants: pd.DataFrame, vertebrae: pd.DataFrame, settings: Settings
) -> Grouping:
    """Split the defect vertebrae by one of Table 2's groupings.

    ``lumbar_region`` is taken from the level; ``endplate`` sets vertebrae with a superior defect
    only against those with an inferior one only; any other name is a column of the vertebrae or
    a categorical variable of the participants with two levels.
    """
    frame = defect_vertebrae(vertebrae)
    if name == "lumbar_region":
        return Grouping(
            "table2", name, ("upper", "lower"), frame, frame["level"].map(LUMBAR_REGION)
        )
    if name == "endplate":
        return Grouping("table2", name, ("superior", "inferior"), frame, frame["defect_type"])
    labels, warning = _labels_of_variable(name, frame, participants)
    declared = known_variables(settings).get(name)
    groups = group_order(declared) if declared else ()
    if len(groups) != 2:
        warning = f"{name} does not split the vertebrae in two: it needs two declared levels"
        return Grouping("table2", name, ("", ""), frame, labels.mask(labels.notna()), warning)
    return Grouping("table2", name, groups, frame, labels, warning)


def _labels_of_variable(
    name: str, frame: pd.DataFrame, participants: pd.DataFrame
) -> tuple[pd.Series, str]:
    if name in frame:
        return frame[name], ""
    ids = frame["participant_id"]
    if name in participants:
        return ids.map(participants.set_index("participant_id")[name]), ""
    return ids.mask(ids.notna()), f"the tables have no column {name}"
