"""Values that a technique computes from those of others: density from Hounsfield units.

They are computed where the cohort's tables are assembled. Only there, values that a job measured
and values read elsewhere stand together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.cohort.left_out import LeftOutPlaces
from bonecohort.study.at_work import is_at_work
from bonecohort.study.job_table import readings_of
from bonecohort.study.layout import participant_folder
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.cohort.collected import Collected
    from bonecohort.measures.measurement import Measurement
    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Technique


@dataclass(frozen=True)
class OfOthers:
    """What a technique computes one participant's values from.

    Attributes
    ----------
    participant_id
        The participant.
    folder
        Folder of the participant's results, with the records of the technique's own stages.
    rows
        What was measured or read of the participant. Rows that the table of exclusions leaves out
        are not among them.
    sites
        The technique's sites of the participant, without those that are left out of it.
    settings
        The study's.
    """

    participant_id: str
    folder: Path
    rows: Sequence[Measurement]
    sites: Sequence[str]
    settings: Settings


def add_computed(study: Study, results: Path, into: Collected) -> None:
    """Add what the techniques compute from the values that were collected."""
    computing = [
        one
        for one in techniques()
        if one.computed and is_at_work(study.settings, study.kinds_together, one)
    ]
    if not computing:
        return
    rows: dict[str, list[Measurement]] = defaultdict(list)
    for participant_id, row in into.measurements:
        rows[participant_id].append(row)
    places = LeftOutPlaces.of_study(study)
    for participant_id in study.included:
        kept = [row for row in rows[participant_id] if not places.of_row(participant_id, row)]
        for technique in _of_participant(study, participant_id, computing):
            sites = study.sites_of(participant_id, technique)
            if places.of(participant_id, "", technique.name):
                continue
            given = OfOthers(
                participant_id,
                participant_folder(results, participant_id),
                kept,
                [site for site in sites if not places.of(participant_id, site, technique.name)],
                study.settings,
            )
            technique_module(technique.name, technique.computed).add_computed(given, into)


def _of_participant(
    study: Study, participant_id: str, computing: Sequence[Technique]
) -> list[Technique]:
    """Return those of some techniques that have a step, or readings, of the participant."""
    active = {own.technique.name for own in study.stages_of(participant_id).values()}
    return [
        technique
        for technique in computing
        if technique.name in active or readings_of(study, participant_id, technique)
    ]
