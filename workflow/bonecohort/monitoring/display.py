"""Where progress is shown: one refreshed line on a terminal, now and then a line in a file."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

BAR = 20
"""Width of the bar in characters."""
STEP_PERCENT = 5
STEP_SECONDS = 60.0
"""A file gets a line after so many percent, or so many seconds, whatever comes first."""
ERASE = "\r\x1b[K"


class Display(Protocol):
    """Somewhere to show progress."""

    def show(self, done: int, total: int, words: str) -> None:
        """Show how far the work is."""

    def tell(self, line: str) -> None:
        """Show a line that stays."""

    def clear(self) -> None:
        """Make room for a line that somebody else writes."""

    def end(self) -> None:
        """Leave the last state standing."""


class TerminalBar:
    """A bar in the last line of a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._line = ""
        self._erased = False

    def show(self, done: int, total: int, words: str) -> None:
        """Draw the bar and the words over what was there."""
        full = BAR * done // max(total, 1)
        line = f"[{'#' * full}{'-' * (BAR - full)}] {words}"
        if line != self._line or self._erased:
            self._line, self._erased = line, False
            self._write(f"{ERASE}{line[: self._width()]}")

    def tell(self, line: str) -> None:
        """Write a line above the bar."""
        self._erased = False
        self._write(f"{ERASE}{line}\n{self._line[: self._width()]}")

    def clear(self) -> None:
        """Erase the bar; it is drawn again with the next news."""
        if self._line and not self._erased:
            self._erased = True
            self._write(ERASE)

    def end(self) -> None:
        """Draw the bar a last time and go to the next line."""
        if self._line:
            self._write(f"{ERASE}{self._line[: self._width()]}\n")
        self._line = ""

    def _width(self) -> int:
        columns = os.get_terminal_size(self._stream.fileno()).columns
        return (columns or 80) - 1  # a pseudo-terminal may say 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class PlainLines:
    """Lines in a file, few enough to read."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._shown_percent = 0
        self._shown_at = clock()

    def show(self, done: int, total: int, words: str) -> None:
        """Write a line when a step was made since the last, and at the end."""
        percent = 100 * done // max(total, 1)
        now = self._clock()
        stepped = percent // STEP_PERCENT > self._shown_percent // STEP_PERCENT
        if stepped or now - self._shown_at >= STEP_SECONDS:
            self._shown_percent, self._shown_at = percent, now
            self.tell(f"{percent}%: {words}")

    def tell(self, line: str) -> None:
        """Write a line."""
        self._stream.write(f"bonecohort: {line}\n")
        self._stream.flush()

    def clear(self) -> None:
        """Do nothing: lines do not stand in each other's way."""

    def end(self) -> None:
        """Do nothing: the last line was written when the last job ended."""
