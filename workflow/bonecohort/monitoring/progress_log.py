"""The progress of a run on the screen, in the form of a logger plugin of Snakemake's.

A plugin that writes to the screen takes the place of Snakemake's own handler there. So does this
one: what it lets through it hands to that handler, and the bar makes room.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TextIO

from bonecohort.monitoring.display import display_on, is_terminal
from bonecohort.monitoring.interruption import is_cut_off
from bonecohort.monitoring.progress import RunProgress, Step
from bonecohort.monitoring.snakemake_surface import (
    Event,
    event_of,
    is_scheduler_chatter,
    job_event,
    job_number,
    repeats_command,
    wait_for_queued_records,
)
from bonecohort.monitoring.stages import is_recorded, job_words
from bonecohort.study.job_table import rule_words
from bonecohort.study.layout import EXCLUDED, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.monitoring.snakemake_surface import GraphJob, JobEvent

MAX_PRINTED = 30
"""So many faults are printed as they come; further ones are counted."""


class ProgressLog:
    """Takes in the log records of one run and shows how far it is.

    Parameters
    ----------
    screen
        Snakemake's own handler that writes to the screen.

    A plugin takes in records in a thread of its own; what the run itself tells comes from another.
    """

    of_plugin: ClassVar[ProgressLog | None] = None
    """The one that the plugin shows, where it was chosen."""

    def __init__(self, screen: logging.StreamHandler[TextIO]) -> None:
        self._lock = threading.RLock()
        self._screen = screen
        self._on_terminal = is_terminal(screen.stream)
        self._display = display_on(screen.stream)
        self._jobs: dict[int, GraphJob] = {}
        self._progress: RunProgress | None = None
        self._printed: set[tuple[str, str]] = set()

    def begin(self, jobs: Iterable[GraphJob]) -> None:
        """Take in which jobs the run has: events name a job only when it begins.

        Snakemake's target is a job of its own to it, which does nothing; the plan has none either.
        """
        with self._lock:
            self._jobs = {job.number: job for job in jobs if job.rule in rule_words()}
            self._progress = RunProgress(
                {number: Step(job.rule, job.participant_id) for number, job in self._jobs.items()}
            )
            self._show(self._progress)

    def end(self) -> None:
        """Leave the last state standing, for other words to follow."""
        wait_for_queued_records()
        with self._lock:
            self._display.end()
            self._progress = None

    def take_in(self, record: logging.LogRecord) -> None:
        """Take in one record, and show it where it is for the screen."""
        with self._lock:
            if self._is_for_screen(record):
                self._display.clear()
                self._screen.handle(record)
            if self._progress:
                self._advance(record, self._progress)

    def _advance(self, record: logging.LogRecord, progress: RunProgress) -> None:
        event = event_of(record)
        if event is Event.JOB_INFO:
            progress.started(job_number(record))
        elif event is Event.JOB_FINISHED:
            progress.finished(job_number(record))
            self._look_at_record(job_number(record), progress)
        elif event is Event.JOB_ERROR and not is_cut_off(job_event(record).logs):
            progress.failed_job(job_number(record))
            self._print_failure(job_event(record))
        self._show(progress)

    def _show(self, progress: RunProgress) -> None:
        self._display.show(progress.jobs_done, progress.jobs, *progress.wordings())

    def _look_at_record(self, number: int, progress: RunProgress) -> None:
        job = self._jobs.get(number)
        if job is None or not is_recorded(job.rule) or not Path(job.outputs[0]).is_file():
            return
        record = read_record(Path(job.outputs[0]))
        if record["status"] != EXCLUDED:
            return
        participant = job.participant_id
        progress.with_fault.add(participant)
        if (participant, record["reason"]) in self._printed:
            return
        self._printed.add((participant, record["reason"]))
        if len(self._printed) <= MAX_PRINTED:
            where = " ".join([participant, *filter(None, [job.wildcards.get("site")])])
            self._display.print_line(f"{where}: {record['reason']}")
        elif len(self._printed) == MAX_PRINTED + 1:
            self._display.print_line(
                "Further faults are counted; `bonecohort status` lists them all."
            )

    def _print_failure(self, event: JobEvent) -> None:
        job = self._jobs.get(event.number)
        if job is None or job.rule not in rule_words():
            return
        who = job.participant_id or "The cohort"
        parts = [f"{who}: could not {job_words(job.rule, job.wildcards)}"]
        parts += [event.message] if event.message else []
        parts += [f"the log is {log}" for log in event.logs]
        self._display.print_line("; ".join(parts))

    def _is_for_screen(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake's own handler is to show a record.

        Snakemake prints a failed command with its whole text, several times. On a terminal it is
        one line with the job's log instead. Its own log file, named at the end, holds all.
        """
        hidden = is_scheduler_chatter(record)
        if self._on_terminal:
            at_start = event_of(record) in (Event.RUN_INFO, Event.RESOURCES_INFO)
            said = self._progress is not None or at_start
            hidden |= (said and record.levelno < logging.WARNING) or repeats_command(record)
        return not hidden
