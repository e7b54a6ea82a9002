"""Records that are not there because a job failed: what stands in their place.

The cohort's jobs are given every record, but for participants of whom a job failed by an error that
nobody foresaw. The tables and the report are then made of what is there, and say what they lack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.study.layout import excluded_record, participant_folder, read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.cohort.collected import Collected

FAILED = "failed: see the log {log}"
"""Reason of what a job that failed did not measure."""
MADE_OF = {
    "hounsfield": ("ct.json", "convert_ct.log"),
    "endplates": ("t2_sagittal.json", "convert_t2_sagittal.log"),
}
"""Of each stage the record of the image that it measures, and the log of its conversion."""
BETWEEN = {"hounsfield": ("segment.log", "crop.log")}
"""Logs of what is done to the image before it is measured."""


def image_record(results: Path, participant_id: str, kind: str, into: Collected) -> dict[str, Any]:
    """Return the record of a converted image, or one that says that the job failed."""
    path = participant_folder(results, participant_id) / f"{kind}.json"
    if path.is_file():
        return read_record(path)
    return _failed_record(results, participant_id, "", [f"convert_{kind}.log"], into)


def level_record(
    results: Path, participant_id: str, stage: str, level: str, into: Collected
) -> dict[str, Any]:
    """Return the record of a vertebra, or one that says which job failed, its own or another."""
    folder = participant_folder(results, participant_id)
    path = folder / stage / f"{level}.json"
    if path.is_file():
        return read_record(path)
    image, log = MADE_OF[stage]
    own = f"{stage}_{level}.log"
    # Without the image none of the jobs was begun: what their logs say is of an earlier run.
    of_image = results / "logs" / participant_id / log
    is_converted = (folder / image).is_file() or not _says_something(of_image)
    logs = [own, *BETWEEN.get(stage, ())] if is_converted else [log]
    return _failed_record(results, participant_id, level, logs, into)


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
