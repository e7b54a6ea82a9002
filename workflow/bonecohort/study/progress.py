"""The progress of long work: a line that counts on a terminal, one line in a log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def progress_line(what: str) -> Callable[[int, int], None]:
    """Return a function that takes how many of how many are done; it writes to standard error."""
    on_terminal = sys.stderr.isatty()

    def show(done: int, total: int) -> None:
        if done == total or on_terminal:
            start, end = "\r" if on_terminal else "", "\n" if done == total else ""
            sys.stderr.write(f"{start}{what} {done} of {total}{end}")
            sys.stderr.flush()

    return show
