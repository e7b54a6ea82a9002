"""What every run begins with: its lock on the study, and a check of the existing results."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections import Counter
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from bonecohort.monitoring.incomplete_marks import mark_incomplete, remove_own_marks
from bonecohort.monitoring.interruption import EXIT_CODE, is_interrupted
from bonecohort.monitoring.outdated import (
    outdated_cohort_results,
    outdated_results,
    remove_outdated,
)
from bonecohort.monitoring.rerun_without_failed import (
    failed_before,
    failed_participants,
    run_without,
)
from bonecohort.monitoring.run_events import PLAN_OF_COHORT, PLAN_VARIABLE
from bonecohort.monitoring.run_lock import (
    RunLock,
    RunLocked,
    acquire_run_lock,
    check_nobody_is_at_work,
    some_run_has_not_ended,
)
from bonecohort.monitoring.snakemake_surface import (
    Event,
    event_of,
    found_nothing_to_do,
    has_record,
    is_stop_message,
    run_logger,
)
from bonecohort.monitoring.up_to_date import is_up_to_date, rules_digest
from bonecohort.study.job_table import cohort_jobs, participant_jobs
from bonecohort.study.provenance import (
    COHORT,
    RESULTS,
    check_results,
    keep_copy,
    mark_up_to_date,
    take_over_former,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bonecohort.monitoring.snakemake_surface import SnakemakeRun
    from bonecohort.study.provenance import Altered, Provenance
    from bonecohort.study.study import Study

Result = TypeVar("Result")
MAX_PRINTED = 30
"""So many results, or groups of them, are named; further ones are counted."""
EVERYBODY = tuple(map(frozenset[str], ({"everything"}, {"all"}, {"participants"}, ())))
"""Targets of the workflow that need every job of every participant; none stand for the first."""
NOT_IN_PARTS = """\
part={part} goes with the target participants alone: the cohort's tables and the report are made \
of all participants. Nothing was done."""
FILE_BACKEND = "file"
OTHER_BACKEND = """\
--persistence-backend {backend}: bonecohort reads and marks what Snakemake keeps of results in \
files, to make damaged and outdated results again. Leave the option out. Nothing was done."""
READ_ONLY = """\
{folder} cannot be written to: it is read-only, for this user or on this disk. Nothing was done."""


def guard(
    run: SnakemakeRun,
    study: Study,
    overrides: Mapping[str, Any],
    part: str | None,
) -> RunGuard:
    """Look after a run of this process from its beginning.

    Parameters
    ----------
    run
        Snakemake's. Its start is logged before any result is looked at; other uses of Snakemake
        (``--unlock``, ``--list-rules``) log none.
    study
        The study in the working folder.
    overrides
        Settings given on the command line.
    part
        Which part of the study this is, such as '2/5'; None for all of it.
    """
    run_guard = RunGuard(run, study, overrides, part)
    if run.is_main_process:
        run_logger().addHandler(run_guard)
    return run_guard


class RunGuard(logging.Handler):
    """Listens for the start of a run; leaving from there ends it before anything is looked at.

    ``up_to_date`` holds the participants of whom nothing is to be done. It is empty before a run
    has begun, and where its user asked for certain jobs. In a plan of the cohort's jobs it holds
    everybody. In the run that makes the report of the others it holds those of whom jobs failed.
    """

    def __init__(
        self, run: SnakemakeRun, study: Study, overrides: Mapping[str, Any], part: str | None
    ) -> None:
        super().__init__(logging.INFO)
        self._overrides = overrides
        self._part = part
        self.up_to_date: frozenset[str] = frozenset()
        self._run = run
        self._study = study
        self._run_lock: RunLock | None = None
        self._without = failed_before()
        self._is_stopped = False
        self._failed: frozenset[str] = frozenset()

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event of the run."""
        event = event_of(record)
        if event is Event.WORKFLOW_STARTED:
            self._start()
        elif event is Event.RUN_INFO and self._run_lock and self._run.submits_jobs:
            self._run_lock.submits_jobs()
        elif found_nothing_to_do(record):
            self.keep_who_is_done()
        elif is_stop_message(record):
            self._is_stopped = True

    def has_failed(self) -> None:
        """Take in that a run has ended of which jobs failed, or that its user interrupted.

        Raises
        ------
        SystemExit
            After an interruption, with its exit code; Snakemake would end as if a job had failed.
        """
        self.keep_who_is_done()
        if self.is_interrupted:
            if self._run_lock:
                self._run_lock.was_interrupted()
            raise SystemExit(EXIT_CODE)
        failed = failed_participants(self._run)
        if self._run_lock and not self._is_stopped and failed < set(self._study.included):
            self._failed = failed

    @property
    def is_interrupted(self) -> bool:
        """Whether its user's Ctrl-C stops the run."""
        return self._is_stopped and is_interrupted()

    def keep_who_is_done(self) -> None:
        """Remember of whom a run that has ended left nothing to do, if it was to do everything.

        It spares the next run a look; where it cannot be written, that run looks at everybody.
        """
        if not (self._run_lock and self._asks_for_everybody):
            return
        left = {job.participant_id for job in self._run.jobs_left()}
        with suppress(OSError):
            for name in set(self._study.included) - self.up_to_date - left:
                mark_up_to_date(name, self._rules)

    def _start(self) -> None:
        if self._part and self._run.targets != {"participants"}:
            _refuse(NOT_IN_PARTS.format(part=self._part))
        if self._run.backend != FILE_BACKEND:
            _refuse(OTHER_BACKEND.format(backend=self._run.backend))
        if self._run.is_dry:
            if os.environ.get(PLAN_VARIABLE):
                _exit_if_locked(check_nobody_is_at_work)
            if not some_run_has_not_ended():
                self._check_results(is_run=False)
            return
        if RESULTS.is_dir() and not os.access(RESULTS, os.W_OK):
            _refuse(READ_ONLY.format(folder=RESULTS.resolve()))
        self._run_lock = _exit_if_locked(lambda: acquire_run_lock(_print_line))
        atexit.register(self._end, self._run_lock, Path.cwd())
        if self._without:
            self._run.force_nothing()
        self._check_results(is_run=True)

    def _end(self, run_lock: RunLock, study: Path) -> None:
        """Release the lock when Snakemake has ended, and see to the report of the others."""
        run_lock.end()
        if self._failed:
            run_without(self._failed, study)

    def _check_results(self, *, is_run: bool) -> None:
        owners = (*self._study.included, COHORT)
        if is_run:
            take_over_former(owners)
        made = {owner: check_results(owner, has_record) for owner in owners}
        _mark_altered(
            [result for provenance in made.values() for result in provenance.altered], is_run=is_run
        )
        self._mark_followers_of_missing(made)
        for name in self._without & set(self._study.included):
            remove_outdated(self._study, name, made[name])
        self.up_to_date = self._who_is_up_to_date(made) | self._without
        self._mark_outdated_results(made)
        if not is_run:
            atexit.register(remove_own_marks)

    def _mark_outdated_results(self, made: Mapping[str, Provenance]) -> None:
        """Have the results made again of which nothing says that they are of their tasks now."""
        study = self._study
        outdated = {
            name: list(outdated_results(study, name, made[name]))
            for name in study.included
            if name not in self.up_to_date
        }
        if not self._part:
            outdated["The cohort"] = list(
                outdated_cohort_results(study, self._overrides, made[COHORT])
            )
        messages = LimitedMessages()
        for who, results in outdated.items():
            marked = [one.why for one in results if mark_incomplete(one.result, one.why)]
            for why, number in Counter(marked).items():
                results_words = "1 result is" if number == 1 else f"{number} results are"
                messages.add(f"{who}: {why}; {results_words} made again.")
        messages.end("further such groups of results are made again.")

    def _mark_followers_of_missing(self, made: Mapping[str, Provenance]) -> None:
        """Have Snakemake miss a result that was there before and is not now.

        It removes the results of a job that failed. It then takes the job for done with its new
        task, as long as what was made of the old results is there. So that is made again.
        """
        is_missing = any(
            job.remembered_as in made[name].lost
            for name in self._study.included
            if made[name].lost
            for job in participant_jobs(self._study, name)
        )
        for job in cohort_jobs(self._study):
            if is_missing and (RESULTS / job.result).is_file():
                mark_incomplete(RESULTS / job.result)
            is_missing |= job.remembered_as in made[COHORT].lost

    def _who_is_up_to_date(self, made: Mapping[str, Provenance]) -> frozenset[str]:
        if os.environ.get(PLAN_VARIABLE) == PLAN_OF_COHORT:
            return frozenset(self._study.included)
        if not self._asks_for_everybody:
            return frozenset()
        return frozenset(
            name
            for name in self._study.included
            if is_up_to_date(self._study, name, made[name], self._rules)
        )

    @cached_property
    def _asks_for_everybody(self) -> bool:
        """Whether the run is to do all that is to be done of the participants, and no more."""
        return self._run.targets in EVERYBODY and not self._run.selects_jobs

    @cached_property
    def _rules(self) -> str:
        return rules_digest(self._run.deployment)


def _mark_altered(altered: Sequence[Altered], *, is_run: bool) -> None:
    """Have the results made again that are not as they were written, and say so."""
    messages = LimitedMessages()
    for result in altered:
        for path in result.present:
            mark_incomplete(path)
        for path in result.changed:
            kept = f"; what stood there is kept as {keep_copy(path).name}" if is_run else ""
            messages.add(f"{path} is not as it was written and is made again{kept}.")
    messages.end("further results are not as they were written either.")


class LimitedMessages:
    """Prints the first messages of many results, and the number of the others."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, words: str) -> None:
        """Say one thing, or count it where enough was said."""
        self._count += 1
        if self._count <= MAX_PRINTED:
            _print_line(words)

    def end(self, of_more: str) -> None:
        """Say of how many more it holds."""
        if self._count > MAX_PRINTED:
            _print_line(f"{self._count - MAX_PRINTED} {of_more}")


def _exit_if_locked(act: Callable[[], Result]) -> Result:
    """Do what needs the lock to be free; end this process, with its reason, where it is not."""
    try:
        return act()
    except RunLocked as taken:
        _refuse(str(taken))


def _refuse(words: str) -> NoReturn:
    """End this process before anything is done, and say why."""
    _print_line(words)
    raise SystemExit(1) from None


def _print_line(words: str) -> None:
    sys.stderr.write(f"{words}\n")
