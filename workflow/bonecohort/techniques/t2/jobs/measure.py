"""Measure T2 of one participant's vertebral bodies."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.outcome import RefusedBody
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record
from bonecohort.techniques.t2.converted import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.measures.mr.outcome import BodyOutcome


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``t2/{level}.json`` of every level."""
    participant_id, levels = task["participant_id"], task["sites"]
    folder = participant_folder(results, participant_id)
    try:
        outcomes: Mapping[str, BodyOutcome] = outcomes_of(task, folder)
    except DataFault as fault:
        outcomes = dict.fromkeys(levels, RefusedBody(fault.reason))
    for level in levels:
        record = _record(participant_id, level, outcomes[level])
        write_record(folder / "t2" / f"{level}.json", record)


def _record(participant_id: str, level: str, outcome: BodyOutcome) -> dict[str, Any]:
    if isinstance(outcome, RefusedBody):
        return excluded_record(participant_id, level, outcome.reason, outcome.flags)
    return {
        "participant_id": participant_id,
        "level": level,
        "status": "measured",
        "reason": "",
        "flags": list(outcome.flags),
        **outcome.details,
        "measurements": [asdict(row) for row in outcome.rows],
    }
