"""A run that its user interrupts with Ctrl-C: that is no failure, whatever was cut off by it."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

EXIT_CODE = 130
"""What shells give a program that Ctrl-C ended: 128 and the signal's number."""
BEFORE_JOBS = "bonecohort: interrupted before any job began."
LATEST_S = 1.0
"""So long after its jobs' end the news of an interruption may come."""
AT_WORK = "bonecohort: interrupted. What is done is kept, and the next run continues from there."

_interrupted = threading.Event()


def listen() -> None:
    """Note from now on that this process is interrupted, and say so in a line.

    Where Ctrl-C is meant to have no effect, or has another one, it keeps that.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    if sys.excepthook is sys.__excepthook__:
        sys.excepthook = _say_interrupted


def is_interrupted() -> bool:
    """Whether this process was interrupted."""
    return _interrupted.is_set()


def is_cut_off(logs: Iterable[str]) -> bool:
    """Whether a job, which has ended without a result, was cut off by the interruption.

    Ctrl-C ends the jobs as well, and the news of theirs may come first. A job that it cuts off
    leaves nothing in its logs; of such a one the news is waited for.
    """
    if any(Path(log).is_file() and Path(log).stat().st_size for log in logs):
        return _interrupted.is_set()
    return _interrupted.wait(LATEST_S)


def _interrupt(*_: object) -> NoReturn:
    _interrupted.set()
    raise KeyboardInterrupt


def _say_interrupted(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.stderr.write(f"\n{BEFORE_JOBS}\n")
    else:
        sys.__excepthook__(kind, error, traceback)
