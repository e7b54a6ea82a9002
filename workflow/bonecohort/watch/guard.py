"""What every run begins with: its turn on the study, and a look at the results that are there."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.study.made import COHORT, altered, keep_copy
from bonecohort.watch.turn import Turn, TurnTaken, somebody_is_at_work, take_turn
from bonecohort.watch.unfinished import mark_unfinished

if TYPE_CHECKING:
    from bonecohort.study.study import Study

RESULTS = Path("results")
MAX_TOLD = 30
"""So many changed results are named; further ones are counted."""
READ_ONLY = """\
{folder} cannot be written to: it is read-only, for this user or on this disk. Nothing was done."""


def guard(workflow: Any, logger: logging.Logger, study: Study) -> None:
    """Look after a run of this process from its beginning.

    Parameters
    ----------
    workflow, logger
        Snakemake's. Of a run it logs the start before it looks at any result; other uses of it
        (``--unlock``, ``--list-rules``) log none.
    study
        The study in the working folder.
    """
    if workflow.is_main_process:
        logger.addHandler(RunGuard(workflow, study))


class RunGuard(logging.Handler):
    """Listens for the start of a run; leaving from there ends it before anything is looked at."""

    def __init__(self, workflow: Any, study: Study) -> None:
        super().__init__(logging.INFO)
        self._workflow = workflow
        self._owners = (*study.included, COHORT)
        self._turn: Turn | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one event of the run."""
        event = str(getattr(record, "event", ""))
        if event == "workflow_started":
            self._start()
        elif event == "run_info" and self._turn and not self._workflow.local_exec:
            self._turn.submits_jobs()

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
        """Have the results made again that are not as they were written, and say so."""
        told = 0
        for found in altered(self._owners):
            for path in found.present:
                mark_unfinished(path)
            for path in found.changed:
                kept = f"; what stood there is kept as {keep_copy(path).name}" if is_run else ""
                told += 1
                if told <= MAX_TOLD:
                    _tell(f"{path} is not as it was written and is made again{kept}.")
        if told > MAX_TOLD:
            _tell(f"{told - MAX_TOLD} further results are not as they were written either.")


def _tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")
