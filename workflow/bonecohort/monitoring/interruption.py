"""A run that its user interrupts with Ctrl-C: that is no failure, whatever was cut off by it."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import TracebackType

EXIT_CODE = 130
"""What shells give a program that Ctrl-C ended: 128 and the signal's number."""
BEFORE_JOBS = "bonecohort: interrupted before any job began."
AT_WORK = "bonecohort: interrupted. What is done is kept, and the next run goes on from there."

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
