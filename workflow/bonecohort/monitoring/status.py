"""What is done of a study, what could not be measured, what failed, and what is left.

It is read from the results folder: the jobs' records, and the logs of jobs without one. The tables
of the cohort and what each result was made from are read too.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.monitoring.left_participants import LeftParticipant, left_participants
from bonecohort.monitoring.run_lock import last_run_words
from bonecohort.monitoring.stages import words_of_job, words_of_log, words_of_stage
from bonecohort.monitoring.stale import Stale, stale_results
from bonecohort.study.job_table import (
    cohort_jobs,
    participant_jobs,
    rule_words,
)
from bonecohort.study.layout import EXCLUDED, participant_folder
from bonecohort.study.left_out import left_out_of
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bonecohort.study.job_table import Job
    from bonecohort.study.study import Study

NAME = "participant_id"


@dataclass(frozen=True)
class NotMeasured:
    """What could not be measured of a participant, and why; no ``levels`` where all share it."""

    participant_id: str
    what: str
    levels: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class LeftOutSites:
    """What the table of exclusions leaves out of a technique; no ``sites`` where it is all."""

    participant_id: str
    technique: str
    sites: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Failure:
    """A job that failed ('' for the cohort's); ``last_line`` is the end of its log."""

    participant_id: str
    what: str
    log: str
    last_line: str


@dataclass
class Status:
    """The state of a study.

    An included participant is one of ``done``, ``stale``, ``failed``, ``left``. Those who are
    ``incomplete`` are done, but for what a fault or the table of exclusions leaves out; of those
    who are ``unknown`` nothing says what their results were made from. ``run`` describes a run that
    is at work, was cut off or interrupted. While one is at work, no result is called stale.
    ``left_out`` is what the study's table of exclusions leaves out. ``removed`` are those not
    included of whom the results still keep files.
    """

    listed: int
    not_included: dict[str, str]
    run: str = ""
    done: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    not_measured: list[NotMeasured] = field(default_factory=list)
    left_out: list[LeftOutSites] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    cohort_done: list[str] = field(default_factory=list)
    cohort_stale: list[str] = field(default_factory=list)
    cohort_left: list[str] = field(default_factory=list)
    report: str | None = None
    removed: list[LeftParticipant] = field(default_factory=list)


def study_status(study: Study, folder: Path) -> Status:
    """Return the state of the study in a folder."""
    results = folder / "results"
    people = study.participants.items()
    status = Status(
        len(people), {name: who.exclusion_reason for name, who in people if not who.include}
    )
    last_run = last_run_words(folder)
    status.run = last_run.words
    assembled = {row["participant_id"] for row in _rows(results / "tables/participants.csv")}
    for name in study.included:
        _add_participant(status, study, results, name, assembled)
    status.left_out = list(_left_out(study))
    status.not_measured += _of_tables(study, results)
    stale = Stale() if last_run.is_at_work else stale_results(study, folder)
    _set_stale(status, stale)
    for job in cohort_jobs(study):
        if words_of_job(job) in stale.cohort:
            continue
        is_done = (results / job.result).is_file()
        (status.cohort_done if is_done else status.cohort_left).append(words_of_job(job))
        if not is_done:
            status.failures += _failures(results, "", [job])
    report = results / "report.html"
    status.report = str(report.resolve()) if report.is_file() else None
    status.removed = left_participants(study, folder)
    return status


def _set_stale(status: Status, stale: Stale) -> None:
    """Part those whose results are out of date from those who are done."""
    out_of_date, unknown = set(stale.participants), set(stale.unknown)
    status.stale = [name for name in status.done if name in out_of_date]
    status.done = [name for name in status.done if name not in out_of_date]
    status.unknown = [name for name in status.done if name in unknown]
    status.cohort_stale = stale.cohort
    lacking = {not_measured.participant_id for not_measured in status.not_measured}
    lacking |= {left_out.participant_id for left_out in status.left_out}
    status.incomplete = [name for name in status.done if name in lacking]


def _add_participant(
    status: Status, study: Study, results: Path, name: str, assembled: set[str]
) -> None:
    folder = participant_folder(results, name)
    jobs = participant_jobs(study, name)
    missing = [job for job in jobs if not _is_there(folder / job.result)]
    status.not_measured += _of_records(folder, name, [job for job in jobs if job not in missing])
    failures = list(_failures(results, name, missing)) if missing else []
    status.failures += failures
    done = not missing and (bool(jobs) or name in assembled)
    (status.done if done else status.failed if failures else status.left).append(name)


def _is_there(result: Path) -> bool:
    """Whether a result is there; a record that a failing disk cut short is none."""
    if not result.is_file():
        return False
    return result.suffix != ".json" or result.read_bytes().rstrip().endswith(b"}")


def _of_records(folder: Path, name: str, jobs: Sequence[Job]) -> Iterator[NotMeasured]:
    """Yield what the records say could not be measured; what a scan is refused for, once."""
    levels: dict[tuple[str, str], list[str]] = {}
    counts: dict[str, int] = {}
    for job in jobs:
        if not job.result.endswith(".json"):
            continue
        counts[words_of_stage(job)] = counts.get(words_of_stage(job), 0) + 1
        reason = _reason(folder / job.result)
        if reason is not None:
            levels.setdefault((words_of_stage(job), reason), []).append(job.site)
    of_scans = {reason for (_, reason), result in levels.items() if result == [""]}
    for (stage, reason), result in levels.items():
        shared = len(result) == counts[stage]
        if result == [""] or not (shared and reason in of_scans):
            yield NotMeasured(name, stage, () if shared else tuple(result), reason)


def _reason(record: Path) -> str | None:
    """Return why a record's job could not measure; None when it could.

    Records without the status's word are not parsed: that is half of the time of a large study.
    """
    content = record.read_bytes()
    if f'"{EXCLUDED}"'.encode() not in content:
        return None
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        return None
    match parsed:
        case {"status": status, "reason": str(reason)} if status == EXCLUDED:
            return reason
    return None  # measured, or spoilt: the next run makes it again


def _left_out(study: Study) -> Iterator[LeftOutSites]:
    """Yield what the table of exclusions leaves out, sites of one reason together."""
    for name in study.included:
        sites: dict[tuple[str, str], list[str]] = {}
        result = left_out_of(study, name)
        for (technique, site), row in result.items():
            sites.setdefault((technique, row.reason), []).append(site)
        for (technique, reason), own in sites.items():
            yield LeftOutSites(name, technique, tuple(filter(None, own)), reason)


def _of_tables(study: Study, results: Path) -> Iterator[NotMeasured]:
    """Yield what could not be measured of participants whose readings come from tables."""
    measuring = {
        technique.name: stage
        for technique in techniques()
        for stage in technique.stages
        if stage.record == "measurements" and technique.readings
    }
    for row in _rows(results / "tables/exclusions.csv"):
        name, stage = row["participant_id"], measuring.get(row["stage"])
        if stage is None or name not in study.participants:
            continue
        if (row["stage"], row["level"]) in left_out_of(study, name):
            continue
        if stage.rule not in study.stages_of(name):  # which leaves records
            sites = (row["level"],) if row["level"] else ()
            yield NotMeasured(name, rule_words()[stage.rule], sites, row["reason"])


def _failures(results: Path, name: str, jobs: Sequence[Job]) -> Iterator[Failure]:
    """Yield, of jobs without a result, those whose log says something: success is silent."""
    seen = set()
    for job in jobs:
        for log_name in job.logs:
            log = results / "logs" / name / log_name
            if log_name in seen or not (log.is_file() and log.stat().st_size):
                continue
            seen.add(log_name)
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            words = words_of_log(log_name) or words_of_job(job)
            yield Failure(name, words, str(log), lines[-1] if lines else "")


def _rows(table: Path) -> list[dict[str, str]]:
    """Return the rows of one of the cohort's tables; none of one that was spoilt."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", errors="replace", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row for row in rows if NAME in row and all(isinstance(v, str) for v in row.values())]
