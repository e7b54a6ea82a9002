"""What a job's log may hold: what happened and where, never the value it happened to.

The libraries that read images quote header values in their warnings and errors. A job's log is kept
among the results, and shown when the job fails. So messages are withheld here, in one place,
whatever library they come from.
"""

from __future__ import annotations

import logging
import os
import sys
import traceback
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

SHOW_MESSAGES = "BONECOHORT_SHOW_MESSAGES"
"""Environment variable: set to anything, messages are shown."""
WITHHELD = f"message withheld, for it may quote a header; {SHOW_MESSAGES}=1 shows it"


@contextmanager
def redacted_logging() -> Iterator[None]:
    """Withhold the messages of warnings, and of an error that ends the program, from stderr."""
    if os.environ.get(SHOW_MESSAGES):
        yield
        return
    sys.excepthook = _print_error
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _print_warning
            yield
    finally:
        logging.disable(logging.NOTSET)


def _print_warning(
    message: Warning | str,  # noqa: ARG001
    category: type[Warning],
    filename: str,
    lineno: int,
    *_: object,
    **__: object,
) -> None:
    sys.stderr.write(f"{filename}:{lineno}: {category.__name__} ({WITHHELD})\n")


def _print_error(
    _: type[BaseException], error: BaseException, __: TracebackType | None = None
) -> None:
    for one in _chain(error):
        frames = "".join(traceback.format_tb(one.__traceback__))
        said = f": {os.strerror(one.errno)}" if isinstance(one, OSError) and one.errno else ""
        sys.stderr.write(f"{frames}{type(one).__name__}{said} ({WITHHELD})\n")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield what led to an error, the first cause first, then the error."""
    if error is not None:
        yield from _chain(error.__cause__ or error.__context__)
        yield error
