"""The records of one participant's vertebral bodies, in plain JSON types."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.outcome import RefusedBody
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bonecohort.measures.mr.outcome import BodyOutcome

    Measure = Callable[[Mapping[str, Any], Path], Mapping[str, BodyOutcome]]


def write_records(task: Mapping[str, Any], results: Path, measure: Measure, directory: str) -> None:
    """Measure a participant, and write ``DIRECTORY/{level}.json`` of every level.

    Parameters
    ----------
    measure
        Gives the outcome of each level; of a level that it leaves out nothing is to be measured.
    """
    participant_id, levels = task["participant_id"], task["sites"]
    folder = participant_folder(results, participant_id)
    try:
        outcomes = measure(task, folder)
    except DataFault as fault:
        outcomes = dict.fromkeys(levels, RefusedBody(fault.reason))
    for level in levels:
        record = _record(participant_id, level, outcomes.get(level))
        write_record(folder / directory / f"{level}.json", record)


def _record(participant_id: str, level: str, outcome: BodyOutcome | None) -> dict[str, Any]:
    if isinstance(outcome, RefusedBody):
        return excluded_record(participant_id, level, outcome.reason, outcome.flags)
    return {
        "participant_id": participant_id,
        "level": level,
        "status": "measured",
        "reason": "",
        "flags": list(outcome.flags) if outcome else [],
        **(outcome.details if outcome else {}),
        "measurements": [asdict(row) for row in outcome.rows] if outcome else [],
    }
