"""Measure the fat fraction and R2* of one participant's vertebral bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record
from bonecohort.techniques.fat_fraction.converted import participant_of
from bonecohort.techniques.fat_fraction.measure import PlacementFault
from bonecohort.techniques.fat_fraction.outcome import RefusedBody
from bonecohort.techniques.fat_fraction.record import to_record
from bonecohort.techniques.fat_fraction.settings import MrFatSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.techniques.fat_fraction.converted import Participant
    from bonecohort.techniques.fat_fraction.outcome import BodyOutcome

Outcomes = dict[str, "BodyOutcome"]


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``fat_fraction/{level}.json`` of every level."""
    participant_id, levels = task["participant_id"], task["sites"]
    folder = participant_folder(results, participant_id)
    settings = MrFatSettings(**task["settings"])
    try:
        participant = participant_of(task, folder)
        method, fat = _fat_fractions(participant, levels, settings)
    except DataFault as fault:
        records = {level: excluded_record(participant_id, level, fault.reason) for level in levels}
    else:
        r2star_method, r2star = _r2star(participant, levels, settings)
        records = {
            level: to_record(
                participant_id,
                level,
                fat.get(level),
                r2star.get(level),
                method=method,
                r2star_method=r2star_method,
            )
            for level in levels
        }
    for level, record in records.items():
        write_record(folder / "fat_fraction" / f"{level}.json", record)


def _fat_fractions(
    participant: Participant, levels: list[str], settings: MrFatSettings
) -> tuple[str, Outcomes]:
    """Return the method and the outcomes; none without a source.

    Raises
    ------
    PlacementFault
        The labels do not lie on the vertebrae: R2* cannot be measured by them either.
    """
    if not participant.has_fat_fraction:
        return "", {}
    try:
        result = participant.fat_fractions(settings)
    except PlacementFault:
        raise
    except DataFault as fault:
        return "", {level: RefusedBody(level, fault.reason) for level in levels}
    return result.method, dict(result.outcomes)


def _r2star(
    participant: Participant, levels: list[str], settings: MrFatSettings
) -> tuple[str, Outcomes]:
    """Return the method and the outcomes; none without a map, and without echoes."""
    try:
        method, outcomes = participant.r2star(settings)
        return method, dict(outcomes)
    except DataFault as fault:
        return "", {level: RefusedBody(level, fault.reason) for level in levels}
