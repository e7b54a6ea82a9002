"""What Snakemake tells of a run, turned into progress, or into the plan of the next run."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from bonecohort.monitoring.display import PlainLines, TerminalBar
from bonecohort.monitoring.plan import planned_jobs
from bonecohort.monitoring.progress import RunProgress, Step
from bonecohort.monitoring.snakemake_surface import (
    Event,
    event_of,
    is_scheduler_chatter,
    job_event,
    job_number,
    repeats_command,
    run_logger,
    screen_handler,
)
from bonecohort.monitoring.stages import is_recorded, job_words
from bonecohort.study.job_table import rule_words, settings_used
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.summary import settings_of_run

if TYPE_CHECKING:
    from bonecohort.monitoring.snakemake_surface import GraphJob, JobEvent, SnakemakeRun
    from bonecohort.study.study import Study

PLAN_VARIABLE = "BONECOHORT_PLAN"
"""Environment variable: set, a dry run prints its jobs as JSON and nothing else."""
PLAN_OF_COHORT = "cohort"
"""Its value for the cohort's jobs alone, whatever is to be done of the participants."""
MAX_TOLD = 30
"""So many faults are told as they come; further ones are counted."""


def show_progress(run: SnakemakeRun, study: Study) -> ProgressHandler | None:
    """Listen to a run, unless its user asked for quiet or for another display.

    Parameters
    ----------
    run
        Snakemake's, of which the graph of jobs is read when it has begun.
    study
        The study that is run.
    """
    screen = screen_handler()
    if screen is None or not run.is_main_process:
        return None
    if run.is_dry:
        if os.environ.get(PLAN_VARIABLE):
            screen.addFilter(lambda record: record.levelno >= logging.WARNING)
            run_logger().addHandler(PlanPrinter(run, study))
        return None
    if not run.wants_progress:
        return None
    handler = ProgressHandler(run, screen)
    run_logger().addHandler(handler)
    return handler


class PlanPrinter(logging.Handler):
    """Prints what a dry run found to be done."""

    def __init__(self, run: SnakemakeRun, study: Study) -> None:
        super().__init__(logging.INFO)
        self._run = run
        self._study = study

    def emit(self, record: logging.LogRecord) -> None:
        """Print the plan when the graph of jobs is known."""
        if event_of(record) is not Event.RUN_INFO:
            return
        before = settings_of_run(Path("results"))
        now = json.loads(json.dumps(settings_used(self._study)))
        jobs = planned_jobs(self._run, before, now)
        sys.stdout.write(json.dumps([dataclasses.astuple(job) for job in jobs]))


class ProgressHandler(logging.Handler):
    """Listens to one run and shows it on the screen that Snakemake writes to."""

    def __init__(self, run: SnakemakeRun, screen: logging.StreamHandler[TextIO]) -> None:
        super().__init__(logging.INFO)
        self._run = run
        self._on_terminal = screen.stream.isatty() and os.environ.get("TERM") != "dumb"
        self._display = (TerminalBar if self._on_terminal else PlainLines)(screen.stream)
        self._jobs: dict[int, GraphJob] = {}
        self._progress: RunProgress | None = None
        self._told: set[tuple[str, str]] = set()
        screen.addFilter(self._lets_through)

    def end(self) -> None:
        """Leave the last state standing, for other words to follow."""
        self._display.end()
        self._progress = None

    def close(self) -> None:
        """Leave the last line whole, however the run ended."""
        self.end()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event of the run."""
        event = event_of(record)
        if event is Event.RUN_INFO and self._progress is None:
            self._begin()
        progress = self._progress
        if progress is None:
            return
        if event is Event.JOB_INFO:
            progress.started(job_number(record))
        elif event is Event.JOB_FINISHED:
            progress.finished(job_number(record))
            self._look_at_record(job_number(record), progress)
        elif event is Event.JOB_ERROR:
            progress.failed_job(job_number(record))
            self._tell_failure(job_event(record))
        self._display.show(progress.jobs_done, progress.jobs, progress.words())

    def _begin(self) -> None:
        self._jobs = {job.number: job for job in self._run.jobs_left()}
        self._progress = RunProgress(
            {number: Step(job.rule, job.participant_id) for number, job in self._jobs.items()}
        )

    def _look_at_record(self, number: int, progress: RunProgress) -> None:
        job = self._jobs.get(number)
        if job is None or not is_recorded(job.rule) or not Path(job.outputs[0]).is_file():
            return
        record = read_record(Path(job.outputs[0]))
        if record["status"] != EXCLUDED:
            return
        participant = job.participant_id
        progress.with_fault.add(participant)
        if (participant, record["reason"]) in self._told:
            return
        self._told.add((participant, record["reason"]))
        if len(self._told) <= MAX_TOLD:
            where = " ".join([participant, *filter(None, [job.wildcards.get("level")])])
            self._display.tell(f"{where}: {record['reason']}")
        elif len(self._told) == MAX_TOLD + 1:
            self._display.tell("Further faults are counted; `bonecohort status` lists them all.")

    def _tell_failure(self, event: JobEvent) -> None:
        job = self._jobs.get(event.number)
        if job is None or job.rule not in rule_words():
            return
        who = job.participant_id or "The cohort"
        parts = [f"{who}: could not {job_words(job.rule, job.wildcards)}"]
        parts += [event.message] if event.message else []
        parts += [f"the log is {log}" for log in event.logs]
        self._display.tell("; ".join(parts))

    def _lets_through(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake's own handler is to show a record; if so, the bar makes room.

        Snakemake tells a failed command with its whole text, several times; on a terminal it is one
        line with the job's log instead. Its own log file, named at the end, holds all.
        """
        hidden = is_scheduler_chatter(record)
        if self._on_terminal:
            at_start = event_of(record) in (Event.RUN_INFO, Event.RESOURCES_INFO)
            said = self._progress is not None or at_start
            hidden |= (said and record.levelno < logging.WARNING) or repeats_command(record)
        if not hidden:
            self._display.clear()
        return not hidden
