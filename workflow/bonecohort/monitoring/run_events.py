"""What Snakemake tells of a run, turned into progress, or into the plan of the next run.

Snakemake logs every event of a run to a logger of Python's ``logging``, as records that carry an
``event`` and its content. The handlers listen there; nothing needs to be installed for it.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.monitoring.display import PlainLines, TerminalBar
from bonecohort.monitoring.plan import planned_jobs
from bonecohort.monitoring.progress import RunProgress, Step
from bonecohort.monitoring.stages import is_recorded, job_words
from bonecohort.study.job_table import rule_words
from bonecohort.study.layout import EXCLUDED, read_record
from bonecohort.study.settings import as_mapping
from bonecohort.study.summary import settings_of_run

if TYPE_CHECKING:
    from bonecohort.study.study import Study

PLAN_VARIABLE = "BONECOHORT_PLAN"
"""Environment variable: set, a dry run prints its jobs as JSON and nothing else."""
PLAN_OF_COHORT = "cohort"
"""Its value for the cohort's jobs alone, whatever is to be done of the participants."""
STREAM_HANDLER = "DefaultStreamHandler"
"""Snakemake's name of its own handler that writes to the screen."""
MAX_TOLD = 30
"""So many faults are told as they come; further ones are counted."""


def show_progress(workflow: Any, logger: logging.Logger, study: Study) -> ProgressHandler | None:
    """Listen to a run, unless its user asked for quiet or for another display.

    Parameters
    ----------
    workflow
        Snakemake's workflow, of which the graph of jobs is read when the run begins.
    logger
        Snakemake's logger.
    study
        The study that is run.
    """
    screens = [one for one in logger.handlers if one.get_name() == STREAM_HANDLER]
    if not (screens and workflow.is_main_process):
        return None
    options = workflow.output_settings
    if options.dryrun:
        if os.environ.get(PLAN_VARIABLE):
            screens[0].addFilter(lambda record: record.levelno >= logging.WARNING)
            logger.addHandler(PlanPrinter(workflow, study))
        return None
    if options.verbose or {what.name for what in options.quiet or ()} & {"ALL", "PROGRESS"}:
        return None
    handler = ProgressHandler(workflow, screens[0])
    logger.addHandler(handler)
    return handler


class PlanPrinter(logging.Handler):
    """Prints what a dry run found to be done."""

    def __init__(self, workflow: Any, study: Study) -> None:
        super().__init__(logging.INFO)
        self._workflow = workflow
        self._study = study

    def emit(self, record: logging.LogRecord) -> None:
        """Print the plan when the graph of jobs is known."""
        if getattr(record, "event", None) != "run_info":
            return
        before = settings_of_run(Path("results"))
        now = json.loads(json.dumps(as_mapping(self._study.settings)))
        jobs = planned_jobs(self._workflow.dag, before, now)
        sys.stdout.write(json.dumps([dataclasses.astuple(job) for job in jobs]))


class ProgressHandler(logging.Handler):
    """Listens to one run and shows it on the screen that Snakemake writes to."""

    def __init__(self, workflow: Any, screen: Any) -> None:
        super().__init__(logging.INFO)
        self._workflow = workflow
        self._on_terminal = screen.stream.isatty() and os.environ.get("TERM") != "dumb"
        self._display = (TerminalBar if self._on_terminal else PlainLines)(screen.stream)
        self._jobs: dict[int, Any] = {}
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
        event = str(getattr(record, "event", ""))
        if event == "run_info" and self._progress is None:
            self._begin()
        progress = self._progress
        if progress is None:
            return
        if event == "job_info":
            progress.started(_number(record))
        elif event == "job_finished":
            progress.finished(_number(record))
            self._look_at_record(_number(record), progress)
        elif event == "job_error":
            progress.failed_job(_number(record))
            self._tell_failure(record.__dict__)
        self._display.show(progress.jobs_done, progress.jobs, progress.words())

    def _begin(self) -> None:
        dag = self._workflow.dag
        self._jobs = {dag.jobid(job): job for job in dag.needrun_jobs()}
        self._progress = RunProgress(
            {
                number: Step(job.rule.name, job.wildcards.get("participant", ""))
                for number, job in self._jobs.items()
            }
        )

    def _look_at_record(self, number: int, progress: RunProgress) -> None:
        job = self._jobs.get(number)
        if job is None or not is_recorded(job.rule.name) or not Path(job.output[0]).is_file():
            return
        record = read_record(Path(job.output[0]))
        if record["status"] != EXCLUDED:
            return
        participant = job.wildcards["participant"]
        progress.with_fault.add(participant)
        if (participant, record["reason"]) in self._told:
            return
        self._told.add((participant, record["reason"]))
        if len(self._told) <= MAX_TOLD:
            where = " ".join([participant, *filter(None, [job.wildcards.get("level")])])
            self._display.tell(f"{where}: {record['reason']}")
        elif len(self._told) == MAX_TOLD + 1:
            self._display.tell("Further faults are counted; `bonecohort status` lists them all.")

    def _tell_failure(self, event: dict[str, Any]) -> None:
        job = self._jobs.get(event["jobid"])
        if job is None or job.rule.name not in rule_words():
            return
        who = job.wildcards.get("participant", "The cohort")
        parts = [f"{who}: could not {job_words(job.rule.name, job.wildcards)}"]
        parts += [str(event["rule_msg"])] if event["rule_msg"] else []
        parts += [f"the log is {log}" for log in event["log"]]
        self._display.tell("; ".join(parts))

    def _lets_through(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake's own handler is to show a record; if so, the bar makes room.

        Snakemake tells a failed command with its whole text, several times; on a terminal it is one
        line with the job's log instead. Its own log file, named at the end, holds all.
        """
        event = str(getattr(record, "event", ""))
        told_here = record.module == "job_scheduler" and record.funcName != "_handle_error"
        hidden = told_here and record.levelno < logging.WARNING
        if self._on_terminal:
            said = self._progress is not None or event in ("run_info", "resources_info")
            hidden |= said and record.levelno < logging.WARNING
            hidden |= event in ("job_error", "group_error") or (
                event == "error" and "CalledProcessError in file" in record.getMessage()
            )
        if not hidden:
            self._display.clear()
        return not hidden


def _number(record: logging.LogRecord) -> int:
    """Return the job's number; Snakemake writes it in two ways."""
    content = record.__dict__
    number: int = content["jobid"] if "jobid" in content else content["job_id"]
    return number
