"""What a job may read of a study: the files whose content stands in its task, and no others.

A result is known to be current by the digests in its task. A file that is read without standing
there would change a result unseen, so a job that opens one fails. And a job reads its files some
time after their digests were taken: after it has read them, they are compared.

Readers call nothing for this, whatever they open files with: Python reports every file that it
opens. One that looks for files beside those it was given takes those alone of which
:func:`bonecohort.study.given.is_given` is true.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonecohort.faults import ChangedInput
from bonecohort.study.contents import Contents
from bonecohort.study.fingerprints import content_digest, settings_digest
from bonecohort.study.given import GIVEN, Given
from bonecohort.study.installation import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bonecohort.study.settings import Settings

CHANGED = """\
{what} changed while the run was on. What was made of it is not kept, and the next run makes it \
again."""
CONFIG = "config/config.yaml"
OWN_FOLDERS = ("results",)
"""What the workflow writes into a study folder, beside hidden folders."""
CACHES = ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
"""Environment variables that name folders of the libraries' own files."""


class NotDigested(RuntimeError):
    """A job opened a file of the study whose content does not stand in its task."""


_is_listening: list[bool] = []


@contextmanager
def reading_only_inputs(task: Mapping[str, Any], memory: Path) -> Iterator[None]:
    """Let a job open those files of the study alone that its task has digests of.

    Parameters
    ----------
    task
        The job's task. That of the cohort has the digests of the study's tables; it may read all
        results.
    memory
        Where the digests of the study's files are remembered, with the files' states.

    Raises
    ------
    NotDigested
        Where another file is opened.
    ChangedInput
        At the end, when a file does not hold any more what it held when the task was written.
    """
    who = task.get("participant_id")
    contents = dict(_contents_of(task))
    if who is None:
        yield
        _compare_tables(task)
        return
    given = _given_of(contents)
    if not _is_listening:
        sys.addaudithook(_hear)
        _is_listening.append(True)
    GIVEN.append(given)
    try:
        yield
    finally:
        GIVEN.pop()
    known = Contents(memory)
    # SimpleITK opens the voxels that a header names unheard: what lies beside a file goes with it.
    beside = {one: file["path"] for file in _files_of(task) for one in file.get("beside", {})}
    for path, content in contents.items():
        opened = {os.path.abspath(one) for one in (path, beside.get(path, path))} & given.opened  # noqa: PTH100
        if opened and known.digest(path) != content:
            raise ChangedInput(CHANGED.format(what=f"A file that series.tsv names for {who}"))


def _compare_tables(task: Mapping[str, Any]) -> None:
    for path, content in task.get("inputs", {}).items():
        if content_digest(Path(path)) != content:
            raise ChangedInput(CHANGED.format(what=path))
    if "settings" not in task:
        return
    from bonecohort.study.settings import as_mapping  # which the cohort's jobs have read

    settings = settings_now(task["overrides"])
    if settings_digest(as_mapping(settings, task.get("techniques"))) != task["settings"]:
        raise ChangedInput(CHANGED.format(what=CONFIG))
    if task.get("truth") and content_digest(Path(settings.truth or "")) != task["truth"]:
        raise ChangedInput(CHANGED.format(what=settings.truth))


def settings_now(overrides: Mapping[str, Any]) -> Settings:
    """Return the settings, as the study's file and the command line give them."""
    # Only for the cohort's jobs, which have read the settings: most jobs are short.
    from bonecohort.study.config import merge, read_config
    from bonecohort.study.study import settings_meant

    content, _ = read_config(Path(CONFIG))
    settings, _ = settings_meant(Path(), merge(content, overrides))
    return settings


def _given_of(contents: Mapping[str, str]) -> Given:
    paths = {os.path.abspath(path): content for path, content in contents.items()}  # noqa: PTH100
    study = os.getcwd()  # noqa: PTH109
    folders = {study, *(os.path.dirname(path) for path in paths)} - {os.sep}  # noqa: PTH120
    exempt = [
        *(os.path.join(study, name) for name in OWN_FOLDERS),  # noqa: PTH118
        tempfile.gettempdir(), sys.prefix, sys.base_prefix, str(PACKAGE.parent),
        *(os.environ[name] for name in CACHES if os.environ.get(name)),
    ]  # fmt: skip
    return Given(
        paths, tuple(f"{folder}{os.sep}" for folder in folders),
        tuple(f"{folder}{os.sep}" for folder in exempt),
    )  # fmt: skip


def _contents_of(task: Any) -> Iterator[tuple[str, str]]:
    """Yield each path of a task with its digest, in whatever part of it they stand."""
    for file in _files_of(task):
        yield file["path"], file["content"]
        yield from file.get("beside", {}).items()


def _files_of(task: Any) -> Iterator[dict[str, Any]]:
    if isinstance(task, dict):
        if "path" in task and "content" in task:
            yield task
        for part in task.values():
            yield from _files_of(part)
    elif isinstance(task, list):
        for part in task:
            yield from _files_of(part)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Take in that Python opens a file (https://docs.python.org/3/library/audit_events.html)."""
    if event != "open" or not GIVEN:
        return
    name, mode, flags = arguments
    if isinstance(name, int) or _is_written(mode, flags):
        return
    given = GIVEN[-1]
    path = os.path.abspath(os.fsdecode(name))  # noqa: PTH100
    holder = given.holder(path)
    if holder is not None:
        given.opened.add(holder)
    elif given.is_foreign(path) and os.path.isfile(path):  # noqa: PTH113
        # Not a folder, nor a name relative to another open folder, as shutil.rmtree opens them.
        raise NotDigested(
            "A job opened a file of the study whose content does not stand in its task; "
            "bonecohort.study.companions must know of it."
        )


def _is_written(mode: str | None, flags: int) -> bool:
    """Whether a file is opened to be written alone."""
    if mode is not None:
        return "r" not in mode and "+" not in mode
    return flags & os.O_ACCMODE == os.O_WRONLY
