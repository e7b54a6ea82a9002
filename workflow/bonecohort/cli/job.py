"""The command that runs one job of the workflow; the rules call it, people do not."""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from bonecohort.images.decoders import LIBRARIES
from bonecohort.logs import redacted_logging
from bonecohort.techniques.job_modules import module_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONVERSION = "convert"
BEFORE = (CONVERSION,)
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
EXAMPLES = ("pydicom.examples", "urllib.request")
"""What pydicom loads for its documentation and tests; empty modules do instead."""
MATLAB = ("scipy",)
"""What nibabel would load to read the affines of SPM99 from files of MATLAB."""


def jobs() -> tuple[str, ...]:
    """Return the names that the workflow's rules call their jobs by, in the order of the work."""
    from bonecohort.techniques.registry import job_names

    return (*BEFORE, *job_names(), *AFTER)


def job_options(words: Sequence[str]) -> argparse.Namespace:
    """Return what the words after ``job`` mean; a parser of their own costs a job the least."""
    parser = argparse.ArgumentParser(prog="bonecohort job", allow_abbrev=False)
    parser.add_argument("name", type=_job_name)
    parser.add_argument("task", help="what the job depends on, as JSON")
    parser.add_argument("results", type=Path, help="the results folder")
    return parser.parse_args(words)


def _job_name(word: str) -> str:
    """Return a job's name; a job of no technique is known without their declarations."""
    if not _is_of_no_technique(word) and word not in jobs():
        raise argparse.ArgumentTypeError(f"no job is called {word!r}")
    return word


def _is_of_no_technique(job: str) -> bool:
    return job in BEFORE or job in AFTER


def _is_kept(job: str) -> bool:
    """Whether a job's results stay when they have been used."""
    if _is_of_no_technique(job):
        return True
    from bonecohort.techniques.registry import is_temporary

    return not is_temporary(job)


def run_job(options: argparse.Namespace) -> int:
    """Run one job."""
    from bonecohort.monitoring.job_lock import job_at_work
    from bonecohort.study.contents import CONTENTS
    from bonecohort.study.inputs import reading_only_inputs
    from bonecohort.study.provenance import recording_provenance

    job = _loaded(options.name)
    task = json.loads(options.task)
    with (
        redacted_logging(),
        job_at_work(),
        recording_provenance(options.name, task, is_kept=_is_kept(options.name)),
        reading_only_inputs(task, CONTENTS),
    ):
        try:
            job.run(task, options.results)
        except SystemExit as end:  # of some library: its log would stay empty, as of a success
            raise RuntimeError(f"The job ended itself by sys.exit({end.code!r}).") from end
    return 0


def _loaded(job: str) -> ModuleType:
    """Return a job's own module alone: most jobs are short and imports are their cost.

    Modules that are imported stay. So the garbage collector looks at them never again, not even
    when the process ends.
    """
    name = module_of(job)
    if name not in sys.modules:
        with _instead(_unneeded(job)):
            importlib.import_module(name)
        gc.freeze()
    return sys.modules[name]


def _unneeded(job: str) -> dict[str, ModuleType | None]:
    """Return libraries that take long to load, and which a job needs not, or seldom."""
    if job != CONVERSION:
        return dict.fromkeys(DOWNLOADS)
    empty = {name: ModuleType(name) for name in EXAMPLES}
    return dict.fromkeys((*DOWNLOADS, *MATLAB, *LIBRARIES)) | empty


@contextmanager
def _instead(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    """Give modules to what imports them, unless they are loaded, and collect no garbage.

    None is given for a library that is to seem absent.
    """
    absent = [name for name in modules if name not in sys.modules]
    collects = gc.isenabled()
    sys.modules |= {name: modules[name] for name in absent}  # type: ignore[misc] # None: absent
    gc.disable()
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        if collects:
            gc.enable()
