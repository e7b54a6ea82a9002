"""Figure 3: how many vertebrae of each level have a defect, and of which type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.papers.hao2025.statistics.groupings import DEFECT_TYPES, READ_TYPES
from bonecohort.statistics.effects.proportions import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

PREVALENCE_COLUMNS = (
    "level", "defect_type", "n", "n_vertebrae", "percent", "ci_low", "ci_high",
    "share_of_defects_percent", "warning",
)  # fmt: skip
ANY = "any"


def prevalence_by_level(vertebrae: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Count defects by level and type, in percent of the level's vertebrae that were read.

    ``ci_low`` and ``ci_high`` are Wilson's 95% limits, in percent. ``share_of_defects_percent``
    is the same count in percent of all defect vertebrae of all levels: what the paper's Figure 3
    prints under the name of prevalence.
    """
    read = vertebrae[vertebrae["defect_type"].isin(READ_TYPES)]
    all_defects = int(read["defect_type"].isin(DEFECT_TYPES).sum())
    rows = [
        _prevalence(read[read["level"] == level], level, kind, all_defects)
        for level in levels
        for kind in (ANY, *DEFECT_TYPES)
    ]
    return pd.DataFrame(rows, columns=list(PREVALENCE_COLUMNS))


def _prevalence(read: pd.DataFrame, level: str, kind: str, all_defects: int) -> dict[str, Any]:
    wanted = DEFECT_TYPES if kind == ANY else (kind,)
    n, n_vertebrae = int(read["defect_type"].isin(wanted).sum()), len(read)
    low, high = wilson_interval(n, n_vertebrae)
    no_defect = "" if all_defects else "no vertebra has a defect, so there are no shares"
    return {
        "level": level,
        "defect_type": kind,
        "n": n,
        "n_vertebrae": n_vertebrae,
        "percent": 100 * n / n_vertebrae if n_vertebrae else np.nan,
        "ci_low": 100 * low,
        "ci_high": 100 * high,
        "share_of_defects_percent": 100 * n / all_defects if all_defects else np.nan,
        "warning": no_defect if n_vertebrae else f"no endplate of {level} was read",
    }
