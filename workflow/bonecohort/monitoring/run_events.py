"""What Snakemake logs of a run, turned into progress, or into the plan of the next run."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.monitoring.plan import planned_jobs
from bonecohort.monitoring.progress_log import ProgressLog
from bonecohort.monitoring.snakemake_surface import (
    Event,
    event_of,
    run_logger,
    screen_handler,
)
from bonecohort.study.job_table import settings_used
from bonecohort.study.summary import settings_of_run

if TYPE_CHECKING:
    from bonecohort.monitoring.snakemake_surface import SnakemakeRun
    from bonecohort.study.study import Study

PLAN_VARIABLE = "BONECOHORT_PLAN"
"""Environment variable: set, a dry run prints its jobs as JSON and nothing else."""
PLAN_OF_COHORT = "cohort"
"""Its value for the cohort's jobs alone, whatever is to be done of the participants."""


def show_progress(run: SnakemakeRun, study: Study) -> ProgressLog | None:
    """Show the progress of a run, unless its user asked for quiet or for another display.

    ``--logger bonecohort`` chooses :mod:`snakemake_logger_plugin_bonecohort`. Without that option
    the same display takes the place of Snakemake's own handler here, so that progress is shown
    however a run is started, also where the plugin is not installed.

    Parameters
    ----------
    run
        Snakemake's, of which the graph of jobs is read when it has begun.
    study
        The study that is run.
    """
    screen = screen_handler()
    if not run.is_main_process:
        return None
    if run.is_dry:
        if screen and os.environ.get(PLAN_VARIABLE):
            screen.addFilter(lambda record: record.levelno >= logging.WARNING)
            run_logger().addHandler(PlanPrinter(run, study))
        return None
    if not run.wants_progress:
        return None
    progress = ProgressLog.of_plugin
    if progress is None and screen:
        progress = ProgressLog(screen)
        run_logger().removeHandler(screen)
        run_logger().addHandler(ProgressHandler(progress))
    if progress:
        run_logger().addHandler(JobsReader(run, progress))
    return progress


class ProgressHandler(logging.Handler):
    """Hands the records of a run to its progress, where no plugin does."""

    def __init__(self, progress: ProgressLog) -> None:
        super().__init__(logging.INFO)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        """Hand on one record."""
        self._progress.take_in(record)

    def close(self) -> None:
        """Leave the last line whole, however the run ended."""
        self._progress.end()
        super().close()


class JobsReader(logging.Handler):
    """Passes to the progress which jobs a run has, once that is known."""

    def __init__(self, run: SnakemakeRun, progress: ProgressLog) -> None:
        super().__init__(logging.INFO)
        self._run = run
        self._progress = progress
        self._has_begun = False

    def emit(self, record: logging.LogRecord) -> None:
        """Read the graph of jobs when it is complete."""
        if event_of(record) is Event.RUN_INFO and not self._has_begun:
            self._has_begun = True
            self._progress.begin(self._run.jobs_left())


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
