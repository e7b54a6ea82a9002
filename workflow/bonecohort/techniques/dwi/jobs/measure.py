"""Measure the diffusion of one participant's vertebral bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.outcome import RefusedBody
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record
from bonecohort.techniques.dwi.converted import participant_of
from bonecohort.techniques.dwi.record import to_record
from bonecohort.techniques.dwi.settings import DwiSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.measures.mr.outcome import BodyOutcome
    from bonecohort.techniques.dwi.measure import Diffusion


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``dwi/{level}.json`` of every level."""
    participant_id, levels = task["participant_id"], task["sites"]
    folder = participant_folder(results, participant_id)
    try:
        sources = participant_of(task, folder).sources(DwiSettings(**task["settings"]))
    except DataFault as fault:
        records = {level: excluded_record(participant_id, level, fault.reason) for level in levels}
    else:
        records = {
            level: to_record(
                participant_id, level, {kind: _of(one, level) for kind, one in sources.items()}
            )
            for level in levels
        }
    for level, record in records.items():
        write_record(folder / "dwi" / f"{level}.json", record)


def _of(source: Diffusion | DataFault, level: str) -> BodyOutcome:
    """Return a source's outcome at a level, or the reason why the whole source has none."""
    if isinstance(source, DataFault):
        return RefusedBody(source.reason)
    return source.outcomes[level]
