"""Prevalence of endplate defects by level, lumbar region and in all, for nested vertebrae."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.papers.hao2025.statistics.groupings import (
    DEFECT_TYPES,
    LUMBAR_REGION,
    READ_TYPES,
    VERTEBRA,
)
from bonecohort.statistics.effects.prevalence import PREVALENCE_COLUMNS as OF_SITES
from bonecohort.statistics.effects.prevalence import Counted, Part, prevalence_of_sites

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

OF_VERTEBRAE = {"n_sites": "n_vertebrae"}
PREVALENCE_COLUMNS = tuple(OF_VERTEBRAE.get(name, name) for name in OF_SITES)
DEFECTS = Counted(VERTEBRA, "have a defect", "endplate", "defects")


def clustered_prevalence(vertebrae: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Give the percent of the vertebrae read that have a defect, with 95% limits in two ways."""
    read = vertebrae[vertebrae["defect_type"].isin(READ_TYPES)]
    splits = [("level", level, read[read["level"] == level]) for level in levels]
    regions = read["level"].map(LUMBAR_REGION)
    splits += [("lumbar_region", name, read[regions == name]) for name in ("upper", "lower")]
    splits.append(("all", "all", read))
    parts = [
        Part(
            variable,
            group,
            frame["defect_type"].isin(DEFECT_TYPES).to_numpy(dtype=bool),
            frame["participant_id"],
        )
        for variable, group, frame in splits
    ]
    return prevalence_of_sites(parts, DEFECTS).rename(columns=OF_VERTEBRAE)
