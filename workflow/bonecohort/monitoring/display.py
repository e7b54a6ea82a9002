"""Where progress is shown: one refreshed line on a terminal, now and then a line in a file."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.live import Live

BAR, SHORT_BAR = 20, 6
"""Width of the bar in characters; the short one makes room for words."""
STEP_PERCENT = 5
STEP_SECONDS = 60.0
"""A file gets a line after so many percent, or so many seconds, whatever comes first."""


class Display(Protocol):
    """Somewhere to show progress."""

    def show(self, done: int, total: int, words: str, *shorter: str) -> None:
        """Show how far the work is, in the first of the words that there is room for."""

    def print_line(self, line: str) -> None:
        """Show a line that stays."""

    def clear(self) -> None:
        """Make room for a line that somebody else writes."""

    def end(self) -> None:
        """Leave the last state standing."""


def is_terminal(stream: TextIO) -> bool:
    """Whether a line of a stream can be drawn over."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def display_on(stream: TextIO) -> Display:
    """Return the display for a stream."""
    return TerminalBar(stream) if is_terminal(stream) else PlainLines(stream)


class TerminalBar:
    """A bar in the last line of a terminal, drawn by ``rich``: it knows terminals and their width.

    It is drawn when there is news, not by a thread. So it never meets what others write.
    """

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream, color_system=None, legacy_windows=False)
        self._line = ""
        self._live: Live | None = None

    def show(self, done: int, total: int, words: str, *shorter: str) -> None:
        """Draw the bar and the words over what was there."""
        self._line = _bar_line(done, total, (words, *shorter), self._console.width)
        self._draw()

    def print_line(self, line: str) -> None:
        """Write a line above the bar."""
        self._draw().console.print(line, markup=False, highlight=False, soft_wrap=True)

    def clear(self) -> None:
        """Erase the bar; it is drawn again with the next news."""
        if self._live:
            self._live.transient = True
            self._live.stop()
            self._live = None

    def end(self) -> None:
        """Draw the bar a last time and go to the next line."""
        if self._line:
            self._draw().stop()
        self._live, self._line = None, ""

    def _draw(self) -> Live:
        from rich.live import Live
        from rich.text import Text

        line = Text(self._line, no_wrap=True, overflow="crop")
        if self._live:
            self._live.update(line, refresh=True)
        else:
            self._live = Live(
                line, console=self._console, auto_refresh=False,
                redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            self._live.start(refresh=True)
        return self._live


def _bar_line(done: int, total: int, wordings: Sequence[str], width: int) -> str:
    """Return the bar with the first words that fit beside it into a width, else with the last."""
    room = {bar: width - len("[] ") - bar for bar in (BAR, SHORT_BAR)}
    fitting = ((bar, words) for words in wordings for bar in room if len(words) <= room[bar])
    bar, words = next(fitting, (BAR, wordings[-1]))
    full = bar * done // max(total, 1)
    return f"[{'#' * full}{'-' * (bar - full)}] {words}"


class PlainLines:
    """Lines in a file, few enough to read."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._shown_percent = 0
        self._shown_at = clock()

    def show(self, done: int, total: int, words: str, *_: str) -> None:
        """Write a line when a step was made since the last, and at the end."""
        percent = 100 * done // max(total, 1)
        now = self._clock()
        stepped = percent // STEP_PERCENT > self._shown_percent // STEP_PERCENT
        if stepped or now - self._shown_at >= STEP_SECONDS:
            self._shown_percent, self._shown_at = percent, now
            self.print_line(f"{percent}%: {words}")

    def print_line(self, line: str) -> None:
        """Write a line."""
        self._stream.write(f"bonecohort: {line}\n")
        self._stream.flush()

    def clear(self) -> None:
        """Do nothing: lines do not stand in each other's way."""

    def end(self) -> None:
        """Do nothing: the last line was written when the last job ended."""
