"""Measure the bone quality scores of one participant's vertebrae."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.study.layout import excluded_record, participant_folder
from bonecohort.study.records import write_record
from bonecohort.techniques.vbq.inputs import outcomes_of, scan_of
from bonecohort.techniques.vbq.record import to_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def run(task: Mapping[str, Any], results: Path) -> None:
    """Write ``vbq/{level}.json`` of every level."""
    participant_id, levels = task["participant_id"], task["sites"]
    folder = participant_folder(results, participant_id)
    try:
        scan = scan_of(task, folder)
        outcomes = outcomes_of(task, folder, scan)
    except DataFault as fault:
        records = {level: excluded_record(participant_id, level, fault.reason) for level in levels}
    else:
        records = {
            level: to_record(participant_id, level, outcomes[level], scan.sidecar)
            for level in levels
        }
    for level, record in records.items():
        write_record(folder / "vbq" / f"{level}.json", record)
