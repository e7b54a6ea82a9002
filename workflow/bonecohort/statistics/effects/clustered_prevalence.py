"""Prevalence of endplate defects by level, lumbar region and in all, for nested vertebrae."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from bonecohort.statistics.effects.prevalence import wilson_interval
from bonecohort.statistics.regression.clustered_fits import FEW_PARTICIPANTS
from bonecohort.statistics.regression.logistic import CONFIDENCE
from bonecohort.statistics.tests.groupings import DEFECT_TYPES, LUMBAR_REGION, READ_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PREVALENCE_COLUMNS = (
    "analysis", "variable", "group", "method", "shown", "n", "n_vertebrae", "n_participants",
    "percent", "standard_error_percent", "ci_low", "ci_high", "design_effect", "warnings",
    "reason",
)  # fmt: skip


def clustered_prevalence(vertebrae: pd.DataFrame, levels: Sequence[str]) -> pd.DataFrame:
    """Give the percent of the vertebrae read that have a defect, with 95% limits in two ways.

    ``wilson`` takes vertebrae as independent, as one level's are. ``cluster_robust`` takes
    participants so: the sandwich variance of the log odds, times G / (G − 1), normal, its limits
    put back to percent. ``shown`` marks Wilson's for a level and the robust ones where several
    levels are pooled; ``design_effect`` is the ratio of the two variances of the log odds.
    """
    read = vertebrae[vertebrae["defect_type"].isin(READ_TYPES)]
    parts = [("level", level, read[read["level"] == level]) for level in levels]
    regions = read["level"].map(LUMBAR_REGION)
    parts += [("lumbar_region", name, read[regions == name]) for name in ("upper", "lower")]
    parts.append(("all", "all", read))
    rows = [row for variable, group, frame in parts for row in _prevalence(variable, group, frame)]
    return pd.DataFrame(rows, columns=list(PREVALENCE_COLUMNS))


def _prevalence(variable: str, group: str, frame: pd.DataFrame) -> list[dict[str, Any]]:
    event = np.where(frame["defect_type"].isin(DEFECT_TYPES), 1.0, 0.0)
    people = pd.factorize(frame["participant_id"])[0].astype(np.int64)
    participants = np.unique(people).size
    facts = {
        "analysis": "recommended",
        "variable": variable,
        "group": group,
        "n": int(event.sum()),
        "n_vertebrae": event.size,
        "n_participants": participants,
        "percent": 100 * event.mean() if event.size else np.nan,
        "warnings": "",
        "reason": "" if event.size else f"no endplate of {group} was read",
    }
    nested = participants < event.size
    robust = _robust(event, people)
    wilson = {
        "method": "wilson",
        "shown": "no" if nested and not robust["reason"] else "yes",
        "warnings": "the vertebrae of a participant are taken as independent" if nested else "",
        **_percent(*wilson_interval(int(event.sum()), event.size)),
    }
    shown = "no" if wilson["shown"] == "yes" else "yes"
    return [
        {**facts, **wilson},
        {**facts, "method": "cluster_robust", "shown": shown, **robust},
    ]


def _percent(low: float, high: float) -> dict[str, float]:
    return {"ci_low": 100 * low, "ci_high": 100 * high}


def _robust(event: NDArray[np.float64], people: NDArray[np.int64]) -> dict[str, Any]:
    participants = np.unique(people).size
    if event.size == 0:
        return {"reason": "not computed: no endplate was read"}
    if event.min() == event.max():
        kind = "none" if event.sum() == 0 else "all"
        return {"reason": f"not computed: {kind} of the {event.size} vertebrae have a defect"}
    if participants < 2:
        return {"reason": "not computed: one participant only"}
    share = float(event.mean())
    sums = np.bincount(people, weights=event - share)
    variance = float((sums**2).sum()) * participants / (participants - 1) / event.size**2
    spread = share * (1 - share)
    if variance <= np.finfo(np.float64).eps * spread:
        return {"reason": "not computed: every participant has the same share of defects"}
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2)) * np.sqrt(variance) / spread
    log_odds = np.log(share / (1 - share))
    low, high = 1 / (1 + np.exp([-(log_odds - half), -(log_odds + half)]))
    few = f"{participants} participants: fewer than {FEW_PARTICIPANTS}, the interval is too narrow"
    return {
        "standard_error_percent": 100 * np.sqrt(variance),
        **_percent(float(low), float(high)),
        "design_effect": variance * event.size / spread,
        "warnings": few if participants < FEW_PARTICIPANTS else "",
        "reason": "",
    }
