"""Prevalence of an event among sites nested in participants: by site, by region and in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bonecohort.statistics.effects.proportions import clustered_share, wilson_interval
from bonecohort.statistics.regression.clustered_fits import FEW_PARTICIPANTS
from bonecohort.statistics.site_name import SITE, SiteName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PREVALENCE_COLUMNS = (
    "analysis", "variable", "group", "method", "shown", "n", "n_sites", "n_participants",
    "percent", "standard_error_percent", "ci_low", "ci_high", "design_effect", "warnings",
    "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """What is counted, for reasons: a site, what an affected one has, what has not been read.

    ``unread`` names what was not read, ``shares`` what participants may all have the same of.
    """

    site: SiteName = SITE
    have: str = "are affected"
    unread: str = "site"
    shares: str = "affected sites"


@dataclass(frozen=True, eq=False)
class Part:
    """Sites whose prevalence is asked for: ``variable`` (``site``) and its value, ``group``.

    ``event`` holds True where the site has it; ``participants`` the participant of each site;
    both have one entry a site that was read.
    """

    variable: str
    group: str
    event: NDArray[np.bool_]
    participants: pd.Series


def prevalence_of_sites(parts: Sequence[Part], counted: Counted) -> pd.DataFrame:
    """Give the percent of the sites that have an event, with 95% limits in two ways.

    ``wilson`` takes sites as independent, as one site a participant is. ``cluster_robust`` takes
    participants so (:func:`~bonecohort.statistics.effects.proportions.clustered_share`).
    ``shown`` marks Wilson's where no participant has two sites and the robust ones else;
    ``design_effect`` is the ratio of the two variances of the log odds.
    """
    rows = [row for part in parts for row in _prevalence(part, counted)]
    return pd.DataFrame(rows, columns=list(PREVALENCE_COLUMNS))


def parts_by_site(
    frame: pd.DataFrame, event: str, category: str, sites: Sequence[str], site: str = "site"
) -> list[Part]:
    """Return a part for each site, then one of all, of the rows whose ``event`` is known.

    Parameters
    ----------
    frame
        One row a participant and site: ``participant_id``, the column ``site`` and ``event``.
    event, category
        A categorical column and the category that is counted.
    """
    known = frame[frame[event].notna() & frame[site].isin(sites)]
    splits = [(name, known[known[site] == name]) for name in sites]
    return [
        Part(
            site if name != "all" else "all",
            name,
            (rows[event] == category).to_numpy(dtype=bool),
            rows["participant_id"],
        )
        for name, rows in [*splits, ("all", known)]
    ]


def _prevalence(part: Part, counted: Counted) -> list[dict[str, Any]]:
    event = part.event.astype(np.float64)
    people = pd.factorize(part.participants)[0].astype(np.int64)
    participants = np.unique(people).size
    facts = {
        "analysis": "recommended",
        "variable": part.variable,
        "group": part.group,
        "n": int(event.sum()),
        "n_sites": event.size,
        "n_participants": participants,
        "percent": 100 * event.mean() if event.size else np.nan,
        "warnings": "",
        "reason": "" if event.size else f"no {counted.unread} of {part.group} was read",
    }
    nested = participants < event.size
    robust = _robust(event, people, counted)
    wilson = {
        "method": "wilson",
        "shown": "no" if nested and not robust["reason"] else "yes",
        "warnings": counted.site.taken_as_independent if nested else "",
        **_percent(*wilson_interval(int(event.sum()), event.size)),
    }
    shown = "no" if wilson["shown"] == "yes" else "yes"
    return [
        {**facts, **wilson},
        {**facts, "method": "cluster_robust", "shown": shown, **robust},
    ]


def _percent(low: float, high: float) -> dict[str, float]:
    return {"ci_low": 100 * low, "ci_high": 100 * high}


def _robust(
    event: NDArray[np.float64], people: NDArray[np.int64], counted: Counted
) -> dict[str, Any]:
    participants = np.unique(people).size
    if event.size == 0:
        return {"reason": f"not computed: no {counted.unread} was read"}
    if event.min() == event.max():
        which = f"{'none' if event.sum() == 0 else 'all'} of the {event.size} {counted.site.many}"
        return {"reason": f"not computed: {which} {counted.have}"}
    if participants < 2:
        return {"reason": "not computed: one participant only"}
    result = clustered_share(event, people)
    if result is None:
        same = f"every participant has the same share of {counted.shares}"
        return {"reason": f"not computed: {same}"}
    few = f"{participants} participants: fewer than {FEW_PARTICIPANTS}, the interval is too narrow"
    return {
        "standard_error_percent": 100 * result.standard_error,
        **_percent(result.ci_low, result.ci_high),
        "design_effect": result.design_effect,
        "warnings": few if participants < FEW_PARTICIPANTS else "",
        "reason": "",
    }
