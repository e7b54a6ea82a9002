"""The command that runs one job of the workflow; the rules call it, people do not."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.images.decoders import LIBRARIES
from bonecohort.logs import redacted_logging
from bonecohort.techniques.registry import is_temporary, job_names, module_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BEFORE = ("convert",)
AFTER = (
    "record_list",
    "cohort",
    "review",
    "statistics",
    "figures",
    "model_figures",
    "analyses",
    "analysis_figures",
    "report",
)
"""Jobs of no technique, before and after those of the techniques."""
DOWNLOADS = ("requests",)
"""What pydicom would load to fetch the files of its own tests; no job needs it."""
UNNEEDED = {"convert": (*DOWNLOADS, *LIBRARIES)}
"""Libraries that take long to load, and which a job needs not, or seldom."""


def jobs() -> tuple[str, ...]:
    """Return the names that the workflow's rules call their jobs by, in the order of the work."""
    return (*BEFORE, *job_names(), *AFTER)


def job_options(words: Sequence[str]) -> argparse.Namespace:
    """Return what the words after ``job`` mean; a parser of their own costs a job the least."""
    parser = argparse.ArgumentParser(prog="bonecohort job", allow_abbrev=False)
    parser.add_argument("name", choices=jobs())
    parser.add_argument("task", help="what the job depends on, as JSON")
    parser.add_argument("results", type=Path, help="the results folder")
    return parser.parse_args(words)


def run_job(options: argparse.Namespace) -> int:
    """Run one job."""
    from bonecohort.monitoring.job_lock import job_at_work
    from bonecohort.study.contents import CONTENTS
    from bonecohort.study.inputs import reading_only_inputs
    from bonecohort.study.provenance import recording_provenance

    # Only the job's own module is imported: most jobs are short and imports are their cost.
    with _without(*UNNEEDED.get(options.name, DOWNLOADS)):
        job = importlib.import_module(module_of(options.name))
    task = json.loads(options.task)
    with (
        redacted_logging(),
        job_at_work(),
        recording_provenance(options.name, task, is_kept=not is_temporary(options.name)),
        reading_only_inputs(task, CONTENTS),
    ):
        try:
            job.run(task, options.results)
        except SystemExit as end:  # of some library: its log would stay empty, as of a success
            raise RuntimeError(f"The job ended itself by sys.exit({end.code!r}).") from end
    return 0


@contextmanager
def _without(*libraries: str) -> Iterator[None]:
    """Keep libraries that are not loaded out of what is imported, and the garbage collector.

    Modules that are imported stay, so looking among them for garbage finds nothing.
    """
    absent = [name for name in libraries if name not in sys.modules]
    collects = gc.isenabled()
    sys.modules |= dict.fromkeys(absent)  # type: ignore[arg-type] # what an absent module is
    gc.disable()
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        if collects:
            gc.enable()
