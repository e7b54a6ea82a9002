"""What every run begins with: its turn on the study, and a look at the results that are there."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.made import COHORT, keep_copy, look_at_results
from bonecohort.study.writing import whole_file
from bonecohort.watch.settled import RULES_OF_RUN, is_settled, rules_digest
from bonecohort.watch.turn import Turn, TurnTaken, somebody_is_at_work, take_turn
from bonecohort.watch.unfinished import mark_unfinished

if TYPE_CHECKING:
    from bonecohort.study.study import Study

RESULTS = Path("results")
MAX_TOLD = 30
"""So many changed results are named; further ones are counted."""
NOTHING_TO_BE_DONE = "Nothing to be done (all requested files are present and up to date)."
"""Snakemake's message, of which it logs no event."""
SELECTING = (
    "targets",
    "target_jobs",
    "batch",
    "forcetargets",
    "forceall",
    "forcerun",
    "until",
    "omit_from",
    "allowed_rules",
    "rerun_triggers",
)
"""Snakemake's settings that ask for certain jobs."""
READ_ONLY = """\
{folder} cannot be written to: it is read-only, for this user or on this disk. Nothing was done."""


def guard(workflow: Any, logger: logging.Logger, study: Study) -> RunGuard:
    """Look after a run of this process from its beginning.

    Parameters
    ----------
    workflow, logger
        Snakemake's. Of a run it logs the start before it looks at any result; other uses of it
        (``--unlock``, ``--list-rules``) log none.
    study
        The study in the working folder.
    """
    run_guard = RunGuard(workflow, study)
    if workflow.is_main_process:
        logger.addHandler(run_guard)
    return run_guard


class RunGuard(logging.Handler):
    """Listens for the start of a run; leaving from there ends it before anything is looked at.

    ``settled`` holds the participants of whom nothing is to be done: none before a run has begun,
    and none where its user asked for certain jobs.
    """

    def __init__(self, workflow: Any, study: Study) -> None:
        super().__init__(logging.INFO)
        self.settled: frozenset[str] = frozenset()
        self._workflow = workflow
        self._study = study
        self._turn: Turn | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event of the run."""
        event = str(getattr(record, "event", ""))
        if event == "workflow_started":
            self._start()
        elif event == "run_info" and self._turn and not self._workflow.local_exec:
            self._turn.submits_jobs()
        elif record.msg == NOTHING_TO_BE_DONE:
            self.all_is_done()

    def all_is_done(self) -> None:
        """Remember the rules by which everything that this run was asked for is done."""
        if self._turn and self._is_asked_for_everything():
            with whole_file(RULES_OF_RUN) as unfinished:
                unfinished.write_text(self._rules_digest(), encoding="ascii")

    def _start(self) -> None:
        if self._workflow.output_settings.dryrun:
            if not somebody_is_at_work():
                self._look_at_results(is_run=False)
            return
        if not self._workflow.execution_settings.lock:  # --nolock: its user answers for it
            return
        if RESULTS.is_dir() and not os.access(RESULTS, os.W_OK):
            _tell(READ_ONLY.format(folder=RESULTS.resolve()))
            raise SystemExit(1)
        try:
            self._turn = take_turn(_tell)
        except TurnTaken as taken:
            _tell(str(taken))
            raise SystemExit(1) from None
        atexit.register(self._turn.end)
        self._look_at_results(is_run=True)

    def _look_at_results(self, *, is_run: bool) -> None:
        """Have the results made again that are not as they were written; find who is settled."""
        made = {owner: look_at_results(owner) for owner in (*self._study.included, COHORT)}
        altered = [found for one in made.values() for found in one.altered]
        told = 0
        for found in altered:
            for path in found.present:
                mark_unfinished(path)
            for path in found.changed:
                kept = f"; what stood there is kept as {keep_copy(path).name}" if is_run else ""
                told += 1
                if told <= MAX_TOLD:
                    _tell(f"{path} is not as it was written and is made again{kept}.")
        if told > MAX_TOLD:
            _tell(f"{told - MAX_TOLD} further results are not as they were written either.")
        if self._is_asked_for_everything() and self._has_rules_of_last_run(is_run=is_run):
            self.settled = frozenset(
                name
                for name in self._study.included
                if not made[name].altered and is_settled(self._study, name, made[name].whole)
            )

    def _is_asked_for_everything(self) -> bool:
        """Whether the run is the plain one, which does what is to be done and nothing else."""
        asked = self._workflow.dag_settings
        plain = type(asked)()
        return not self._workflow.touch and all(
            getattr(asked, name) == getattr(plain, name) for name in SELECTING
        )

    def _has_rules_of_last_run(self, *, is_run: bool) -> bool:
        """Whether rules and environments are those by which all was found done."""
        if RULES_OF_RUN.is_file() and RULES_OF_RUN.read_text() == self._rules_digest():
            return True
        if is_run:  # from here on, some results may be of these rules and some of those
            RULES_OF_RUN.unlink(missing_ok=True)
        return False

    def _rules_digest(self) -> str:
        return rules_digest(
            one.name for one in self._workflow.deployment_settings.deployment_method
        )


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
