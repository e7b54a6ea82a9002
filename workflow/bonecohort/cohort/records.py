"""The records that the per-participant jobs leave behind, gathered for the cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.cohort.collected import Collected, Exclusion, Flag, Stage
from bonecohort.cohort.failures import image_record, level_record
from bonecohort.measures.measurement import Measurement
from bonecohort.study.layout import EXCLUDED
from bonecohort.study.sources import image_kinds, measured_stages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.study.study import Study


def collect_records(study: Study, results: Path, into: Collected) -> None:
    """Add what the conversion, Hounsfield and endplate jobs recorded."""
    for participant_id in study.included:
        for kind in image_kinds(study, participant_id):
            record = image_record(results, participant_id, kind, into)
            _add_conversion(participant_id, kind, record, into)
        for stage in measured_stages(study, participant_id):
            records: dict[str, dict[str, Any]] = {
                level: level_record(results, participant_id, stage, level, into)
                for level in study.settings.levels
            }
            _add_levels(participant_id, stage, records, into)


def _add_conversion(
    participant_id: str, kind: str, record: Mapping[str, Any], into: Collected
) -> None:
    stage: Stage = "convert_ct" if kind == "ct" else "convert_t2_sagittal"
    if record["status"] == EXCLUDED:
        into.exclude(participant_id, "", stage, record["reason"])
    for text in record.get("Warnings", ()):
        into.flags.append(Flag(participant_id, "", stage, text))


def _add_levels(
    participant_id: str, stage: Stage, records: Mapping[str, Mapping[str, Any]], into: Collected
) -> None:
    """Add one stage's level records; a reason that all levels share is told once."""
    reasons = {record["reason"] for record in records.values() if record["status"] == EXCLUDED}
    all_excluded = all(record["status"] == EXCLUDED for record in records.values())
    if all_excluded and len(reasons) == 1:
        _exclude_participant(participant_id, stage, reasons.pop(), into)
        return
    for level, record in records.items():
        if record["status"] == EXCLUDED:
            into.exclude(participant_id, level, stage, record["reason"])
        into.add(participant_id, (Measurement(**row) for row in record["measurements"]))
        into.flags.extend(Flag(participant_id, level, stage, text) for text in record["flags"])


def _exclude_participant(participant_id: str, stage: Stage, reason: str, into: Collected) -> None:
    conversions: tuple[Stage, ...] = ("convert_ct", "convert_t2_sagittal")
    told_of_the_scan = any(
        Exclusion(participant_id, "", conversion, reason) in into.exclusions
        for conversion in conversions
    )
    if not told_of_the_scan:
        into.exclude(participant_id, "", stage, reason)
