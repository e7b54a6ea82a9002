"""The records that the per-participant jobs leave behind, gathered for the cohort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.cohort.collected import Collected, Exclusion, Flag
from bonecohort.cohort.failures import Place, image_record, stage_record
from bonecohort.measures.measurement import Measurement
from bonecohort.study.job_table import image_kinds, record_sites
from bonecohort.study.layout import EXCLUDED
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bonecohort.study.study import Study


def collect_records(study: Study, results: Path, into: Collected) -> None:
    """Add what the conversions and the techniques' jobs recorded."""
    for participant_id in study.included:
        for kind in image_kinds(study, participant_id):
            record = image_record(results, participant_id, kind, into)
            _add_conversion(participant_id, kind, record, into)
        for own in study.stages_of(participant_id).values():
            if own.stage.record != "measurements":
                continue
            records: dict[str, dict[str, Any]] = {
                site: stage_record(study, results, Place(participant_id, site), own.stage, into)
                for site in record_sites(study, participant_id, own)
            }
            _add_sites(participant_id, own.technique.name, records, into)


def _add_conversion(
    participant_id: str, kind: str, record: Mapping[str, Any], into: Collected
) -> None:
    if record["status"] == EXCLUDED:
        into.exclude(participant_id, "", conversion(kind), record["reason"])
    for text in record.get("Warnings", ()):
        into.flags.append(Flag(participant_id, "", conversion(kind), text))


def conversion(kind: str) -> str:
    """Return the stage of what is excluded when an image is converted."""
    return f"convert_{kind}"


def _add_sites(
    participant_id: str, stage: str, records: Mapping[str, Mapping[str, Any]], into: Collected
) -> None:
    """Add one stage's records; a reason that all sites share is listed once."""
    reasons = {record["reason"] for record in records.values() if record["status"] == EXCLUDED}
    all_excluded = all(record["status"] == EXCLUDED for record in records.values())
    if all_excluded and len(reasons) == 1:
        _exclude_participant(participant_id, stage, reasons.pop(), into)
        return
    for site, record in records.items():
        if record["status"] == EXCLUDED:
            into.exclude(participant_id, site, stage, record["reason"])
        into.add(participant_id, (Measurement(**row) for row in record["measurements"]))
        into.flags.extend(Flag(participant_id, site, stage, text) for text in record["flags"])


def _exclude_participant(participant_id: str, stage: str, reason: str, into: Collected) -> None:
    has_reason_of_the_scan = any(
        Exclusion(participant_id, "", conversion(kind), reason) in into.exclusions
        for kind in images()
    )
    if not has_reason_of_the_scan:
        into.exclude(participant_id, "", stage, reason)
