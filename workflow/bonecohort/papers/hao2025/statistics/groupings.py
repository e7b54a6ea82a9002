"""How participants and vertebrae are split in groups for Tables 1 and 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.statistics.site_name import SiteName
from bonecohort.statistics.tests.groupings import Grouping
from bonecohort.statistics.variables import group_order, known_variables

if TYPE_CHECKING:
    import pandas as pd

    from bonecohort.study.settings import Settings

VERTEBRA = SiteName("vertebra", "vertebrae")
NESTED = VERTEBRA.taken_as_independent
CLUSTERED = VERTEBRA.alike
NOTHING_IN_COMMON = VERTEBRA.nothing_in_common
DEFECT_TYPES = ("superior", "inferior", "bilateral")
READ_TYPES = ("none", *DEFECT_TYPES)
LUMBAR_REGION = {"L1": "upper", "L2": "upper", "L3": "upper", "L4": "lower", "L5": "lower"}
"""Upper lumbar is L1–L3; lower is L4–L5 (the paper's footnote says L4–S1)."""


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

    ``lumbar_region`` is taken from the level. ``endplate`` sets vertebrae with a superior defect
    only against those with an inferior one only. Any other name is a column of the vertebrae or a
    categorical variable of the participants with two levels.
    """
    frame = defect_vertebrae(vertebrae)
    if name == "lumbar_region":
        regions = frame["level"].map(LUMBAR_REGION)
        return _of_vertebrae(name, ("upper", "lower"), frame, regions)
    if name == "endplate":
        return _of_vertebrae(name, ("superior", "inferior"), frame, frame["defect_type"])
    labels, warning = _labels_of_variable(name, frame, participants)
    declared = known_variables(settings).get(name)
    groups = group_order(declared) if declared else ()
    if len(groups) != 2:
        warning = f"{name} does not split the vertebrae in two: it needs two declared levels"
        return _of_vertebrae(name, ("", ""), frame, labels.mask(labels.notna()), warning)
    return _of_vertebrae(name, groups, frame, labels, warning)


def _of_vertebrae(
    name: str, groups: tuple[str, ...], frame: pd.DataFrame, labels: pd.Series, warning: str = ""
) -> Grouping:
    return Grouping("table2", name, groups, frame, labels, warning, VERTEBRA)


def _labels_of_variable(
    name: str, frame: pd.DataFrame, participants: pd.DataFrame
) -> tuple[pd.Series, str]:
    if name in frame:
        return frame[name], ""
    ids = frame["participant_id"]
    if name in participants:
        return ids.map(participants.set_index("participant_id")[name]), ""
    return ids.mask(ids.notna()), f"the tables have no column {name}"
