"""The frame of prevalences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bonecohort.statistics.effects.prevalence import Counted, Part, prevalence_of_sites
from bonecohort.statistics.site_name import SiteName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.analyses.cohort import Cohort
    from bonecohort.study.analysis_entries import Prevalence

ALL = "all"
PARTICIPANT = SiteName("participant", "participants")


def compute(asked: Prevalence, cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Give the share that has the second category of each variable, with 95% limits.

    Returns
    -------
    dict
        ``''``: one row a variable (``of``), group and method
        (:func:`~bonecohort.statistics.effects.prevalence.prevalence_of_sites`); ``all`` are all
        groups together.
    """
    of_sites = asked.among == "sites"
    counted = Counted() if of_sites else Counted(PARTICIPANT, unread="participant")
    result = [
        prevalence_of_sites(list(_parts(name, asked, cohort)), counted).assign(of=name)
        for name in asked.of
    ]
    return {"": pd.concat(result, ignore_index=True)}


def _parts(name: str, asked: Prevalence, cohort: Cohort) -> Iterator[Part]:
    """Yield the rows of each group whose category is known, then those of all."""
    of_sites = asked.among == "sites"
    frame = cohort.sites if of_sites else cohort.participants
    variables = cohort.site_variables if of_sites else cohort.variables
    levels = variables[name].levels
    known = frame[frame[name].isin(levels)]
    groups = variables[asked.by].levels if asked.by else ()
    splits = [(asked.by, group, known[known[asked.by] == group]) for group in groups]
    for variable, group, rows in [*splits, (ALL, ALL, known)]:
        event = (rows[name] == levels[-1]).to_numpy(dtype=bool)
        yield Part(variable, group, event, rows["participant_id"])
