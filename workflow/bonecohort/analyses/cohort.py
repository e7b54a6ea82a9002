"""What the analyses are made of: the cohort's tables, and what is known of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.cohort.frames import read_table
from bonecohort.study.analyses import listed
from bonecohort.study.catalogue import SITE, participant_variables, site_variables
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from bonecohort.study.settings import Settings, Variable

LEVEL = "level"


@dataclass(frozen=True)
class Cohort:
    """The cohort's tables and variables.

    Attributes
    ----------
    participants
        One row a participant.
    sites
        One row a participant and site: ``participant_id``, ``site``, what was measured there, and
        the participant's own variables repeated at each of the sites.
    measurements
        The result table of that name, without means over sites: every measurement of every reader.
    variables
        The variables of participants by their columns.
    site_variables
        Those of sites, with the participants' among them.
    settings
        The study's settings: tests, resamples, seed.
    """

    participants: pd.DataFrame
    sites: pd.DataFrame
    measurements: pd.DataFrame
    variables: Mapping[str, Variable]
    site_variables: Mapping[str, Variable]
    settings: Settings


def read_cohort(tables: Path, settings: Settings) -> Cohort:
    """Read the cohort from the folder of its tables."""
    own = participant_variables(settings)
    of_sites = site_variables(settings)
    categories = [name for name, v in {**of_sites, **own}.items() if v.type == "categorical"]
    participants = read_table(tables / "participants.csv", categories)
    vertebrae = read_table(tables / "vertebrae.csv", categories).rename(columns={LEVEL: SITE})
    measured = read_table(tables / "sites.csv", categories)
    sites = vertebrae.merge(measured, on=["participant_id", SITE], how="outer")
    asked = {one.name for entry in listed(settings.analyses) for one in entry.settings.asked()}
    lacking = [name for name in own if name in asked and name not in participants]
    participants = participants.reindex(columns=[*participants, *lacking])  # nobody has a value
    means = {
        variable.site
        for technique in techniques()
        for variable in technique.variables(settings)
        if variable.is_of_several
    }
    measurements = read_table(tables / "measurements.csv")
    return Cohort(
        participants,
        with_participants(sites[~sites[SITE].isin(means)], participants),
        measurements[~measurements["site"].isin(means)],
        own,
        {**of_sites, **own},
        settings,
    )


def with_participants(sites: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """Return the sites with the variables of their participants; those of sites win.

    One of which no site has a value is the participants'.
    """
    blank = [name for name in sites if name in participants and sites[name].isna().all()]
    sites = sites.drop(columns=blank)
    own = [name for name in participants if name == "participant_id" or name not in sites]
    return sites.merge(participants[own], on="participant_id", how="left")
