"""The command that runs one job of the workflow; the rules call it, people do not."""

from __future__ import annotations

import importlib
import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bonecohort.logs import values_kept_out
from bonecohort.techniques.registry import is_temporary, job_names, module_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

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


def jobs() -> tuple[str, ...]:
    """Return the names that the workflow's rules call their jobs by, in the order of the work."""
    return (*BEFORE, *job_names(), *AFTER)


def run_job(options: argparse.Namespace) -> int:
    """Run one job."""
    from bonecohort.monitoring.job_lock import job_at_work
    from bonecohort.study.contents import CONTENTS
    from bonecohort.study.inputs import reading_only_inputs
    from bonecohort.study.provenance import recording_provenance

    # Only the job's own module is imported: most jobs are short and imports are their cost.
    with _without_downloads():
        job = importlib.import_module(module_of(options.name))
    task = json.loads(options.task)
    with (
        values_kept_out(),
        job_at_work(),
        recording_provenance(options.name, task, is_kept=not is_temporary(options.name)),
        reading_only_inputs(task, CONTENTS),
    ):
        job.run(task, options.results)
    return 0


@contextmanager
def _without_downloads() -> Iterator[None]:
    """Keep ``requests`` out of what is imported: no job needs it, and it takes long to load.

    pydicom would import it, to fetch the files of its own tests.
    """
    name = "requests"
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment] # what import takes for an absent module
    try:
        yield
    finally:
        del sys.modules[name]
