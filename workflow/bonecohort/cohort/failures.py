"""Records that are not there because a job failed: what stands in their place.

The cohort's jobs are given every record, but for participants of whom a job failed by an error that
nobody foresaw. The tables and the report are then made of what is there, and say what they lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bonecohort.study.job_table import convert_log, needed_stages
from bonecohort.study.layout import excluded_record, participant_folder, read_record
from bonecohort.techniques.registry import stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.cohort.collected import Collected
    from bonecohort.study.study import Study
    from bonecohort.techniques.declare import Stage

FAILED = "failed: see the log {log}"
"""Reason of what a job that failed did not measure."""


class Place(NamedTuple):
    """A participant, and a site; '' for all sites."""

    participant_id: str
    site: str


def image_record(results: Path, participant_id: str, kind: str, into: Collected) -> dict[str, Any]:
    """Return the record of a converted image, or one that says that the job failed."""
    path = participant_folder(results, participant_id) / f"{kind}.json"
    if path.is_file():
        return read_record(path)
    return _failed_record(results, participant_id, "", [convert_log(kind)], into)


def stage_record(
    study: Study, results: Path, at: Place, stage: Stage, into: Collected
) -> dict[str, Any]:
    """Return the record of a site, or one that says which job failed, its own or another."""
    participant_id, site = at
    folder = participant_folder(results, participant_id)
    path = folder / stage.makes.format(site=site)
    if path.is_file():
        return read_record(path)
    logs = results / "logs" / participant_id
    before = [name for name in needed_stages(study, participant_id, stage) if name != stage.rule]
    images = [name for name in before if name not in stages()]
    # Without an image none of the jobs was begun: what their logs say is of an earlier run.
    of_images = [
        convert_log(kind)
        for kind in images
        if not (folder / f"{kind}.json").is_file() and _says_something(logs / convert_log(kind))
    ]
    between = [stages()[name].stage.log for name in before if name in stages()]
    own = stage.log.format(site=site)
    return _failed_record(results, participant_id, site, of_images or [own, *between], into)


def _failed_record(
    results: Path, participant_id: str, level: str, logs: Sequence[str], into: Collected
) -> dict[str, Any]:
    into.failed[participant_id] = None
    folder = results / "logs" / participant_id
    # A job that was not begun, as an earlier one of its submission failed, has no log of its own.
    telling = [folder / log for log in logs] + sorted(folder.glob("*.log"))
    log = next(filter(_says_something, telling), folder / logs[0])
    return excluded_record(participant_id, level, FAILED.format(log=log.as_posix()))


def _says_something(log: Path) -> bool:
    return log.is_file() and log.stat().st_size > 0
