"""One run at a time on a study: the lock of a run, and what an interrupted run left.

Snakemake locks a study too, but its lock does not say who holds it. It stays when a run is killed
or the power fails. Here the system keeps the lock, and lets go of it however a process ends.
Snakemake's own lock is taken away only where the run that left it is known to be over.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from bonecohort.monitoring.job_lock import AT_ONCE, EXCLUSIVE, FOLDER, JOBS_LOCK, locked
from bonecohort.monitoring.snakemake_surface import LOCKS, mark_cut_short_records
from bonecohort.study.writing import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

ABOUT = FOLDER / "run.json"
INTERRUPTED = FOLDER / "interrupted.json"
NOTED = {"host", "machine", "process", "began", "submits"}
"""What a run notes of itself."""
BUSY = """\
Another run is at work on this study{who}. Nothing was done here and nothing is disturbed there; \
try again when it has ended (`bonecohort status` shows how far it is)."""
CHANGING = """\
A run is at work on this study{who}, so there is no plan of the next one yet. Try again when it \
has ended (`bonecohort status` shows how far it is)."""
ELSEWHERE = """\
A run on this study{who} has not ended, as far as can be seen from here: {why}. Nothing was done. \
When you are sure that it is over, give this command once with --unlock, and then again without."""
NOT_ENDED = """\
The last run on this study{who} was cut off, or is at work elsewhere. Nothing was done. Run the \
study to its end first."""
CUT_OFF = "The last run on this study{who} was cut off; this one continues where it stopped."
WAITING = "Waiting for the last jobs of a run that was cut off."


def some_run_has_not_ended() -> bool:
    """Whether a run is at work on the study in the working folder, or was cut off."""
    return ABOUT.is_file()


def check_nobody_is_at_work() -> None:
    """Check that no other process runs the study in the working folder.

    Raises
    ------
    RunLocked
        When one has.
    """
    path = FOLDER / "run.lock"
    if not path.is_file():
        return
    with path.open("a", encoding="utf-8") as lock:
        if not locked(lock, EXCLUSIVE | AT_ONCE):
            raise RunLocked(CHANGING.format(who=_who(_last_run())))


@contextmanager
def nobody_at_work() -> Iterator[None]:
    """Keep runs of the study in the working folder from beginning while the block runs.

    Raises
    ------
    RunLocked
        When one is at work, or has not ended as far as can be seen.
    """
    if not FOLDER.is_dir():
        yield
        return
    with (FOLDER / "run.lock").open("a", encoding="utf-8") as lock:
        if not locked(lock, EXCLUSIVE | AT_ONCE):
            raise RunLocked(BUSY.format(who=_who(_last_run())))
        if some_run_has_not_ended() or any(LOCKS.glob("*.lock")):
            raise RunLocked(NOT_ENDED.format(who=_who(_last_run())))
        yield


class RunLocked(Exception):
    """Another run is at work on the study, or may be; the message says what to do."""


class RunLock:
    """The lock that this process holds on the study in the working folder."""

    def __init__(self, lock: TextIO) -> None:
        self._lock = lock
        self._about_path = ABOUT.resolve()  # Snakemake leaves the study folder before the end
        self._interrupted_path = INTERRUPTED.resolve()
        self._about = {
            "host": socket.gethostname(),
            "machine": f"{uuid.getnode():x}",
            "process": os.getpid(),
            "began": time.strftime("%Y-%m-%d %H:%M"),
            "submits": False,
        }

    def begin(self) -> None:
        """Note who is at work, for those who come."""
        self._interrupted_path.unlink(missing_ok=True)
        with whole_file(self._about_path) as unfinished:
            unfinished.write_text(json.dumps(self._about), encoding="utf-8")

    def submits_jobs(self) -> None:
        """Note that jobs are handed to a cluster: they outlive this process."""
        self._about["submits"] = True
        self.begin()

    def was_interrupted(self) -> None:
        """Note that its user interrupted the run, until the next one begins."""
        with whole_file(self._interrupted_path) as unfinished:
            unfinished.write_text(json.dumps(self._about), encoding="utf-8")

    def may_go_on(self, last: Mapping[str, Any]) -> str:
        """Return why a run whose lock is free may be at work still; empty when it is over."""
        if not last:
            return ""  # its machine broke down: only so can its note have been cut short
        if last["submits"]:
            return "it gave jobs to a cluster, which may be at work or waiting"
        if any(last[key] != self._about[key] for key in ("host", "machine")):
            return f"it was begun on another machine, {last['host']}"
        return ""

    def end(self) -> None:
        """Release the lock."""
        self._about_path.unlink(missing_ok=True)
        self._lock.close()


def acquire_run_lock(print_line: Callable[[str], None]) -> RunLock:
    """Acquire the lock of the study in the working folder.

    ``print_line`` takes a message when an earlier run was cut off; nothing of that run hinders this
    one.

    Raises
    ------
    RunLocked
        Another run is at work, or it cannot be known whether it is.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    lock = (FOLDER / "run.lock").open("a", encoding="utf-8")
    is_free = locked(lock, EXCLUSIVE | AT_ONCE)
    last = _last_run()
    who = _who(last)
    if not is_free:
        lock.close()
        raise RunLocked(BUSY.format(who=who))
    run_lock = RunLock(lock)
    left = list(LOCKS.glob("*.lock"))
    if last is not None and left:
        if why := run_lock.may_go_on(last):
            lock.close()
            raise RunLocked(ELSEWHERE.format(who=who, why=why))
        for path in left:
            path.unlink()
    if last is not None:
        print_line(CUT_OFF.format(who=who))
        _wait_for_jobs(print_line)
        mark_cut_short_records()
    run_lock.begin()
    return run_lock


def _wait_for_jobs(print_line: Callable[[str], None]) -> None:
    with JOBS_LOCK.open("a+", encoding="utf-8") as lock:
        if not locked(lock, EXCLUSIVE | AT_ONCE):
            print_line(WAITING)
            locked(lock, EXCLUSIVE)


class LastRun(NamedTuple):
    """The message about a run that is at work, or did not end; '' after one that ended."""

    words: str
    is_at_work: bool = False


def last_run_words(folder: Path) -> LastRun:
    """Return what is to be said of the last run of a study, whose folder is given."""
    last = _last_run(folder / ABOUT)
    if last is None:
        last = _last_run(folder / INTERRUPTED)
        return LastRun(f"The last run{_who(last)} was interrupted." if last is not None else "")
    path = folder / FOLDER / "run.lock"
    if path.is_file():
        with path.open("a", encoding="utf-8") as lock:
            if not locked(lock, EXCLUSIVE | AT_ONCE):
                return LastRun(f"A run is at work{_who(last)}.", is_at_work=True)
    return LastRun(f"The last run{_who(last)} was cut off, or is at work on another machine.")


def _last_run(path: Path = ABOUT) -> dict[str, Any] | None:
    """Return who is at work, or was when cut off; nothing of one whose note was cut short."""
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) and about.keys() >= NOTED else {}


def _who(about: dict[str, Any] | None) -> str:
    if not about:
        return ""
    return f" (begun {about['began']} on {about['host']}, process {about['process']})"
