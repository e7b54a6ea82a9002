"""Snakemake's logger plugin ``bonecohort``: the progress of a cohort study on the screen.

``snakemake --logger bonecohort`` shows it. bonecohort's own workflow shows it without that option,
too. Snakemake imports every plugin whenever it starts: bonecohort itself is imported only when this
one is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from snakemake_interface_logger_plugins.base import LogHandlerBase

if TYPE_CHECKING:
    import logging

__all__ = ["LogHandler"]


class LogHandler(LogHandlerBase):
    """Writes to the screen in the place of Snakemake's own handler, and shows the progress."""

    def __post_init__(self) -> None:
        """Make a handler like Snakemake's own, which writes all that is not progress."""
        from bonecohort.monitoring.progress_log import ProgressLog
        from bonecohort.monitoring.snakemake_surface import (
            new_screen_handler,
            wants_progress,
        )

        settings = self.common_settings
        self._screen = new_screen_handler(nocolor=settings.nocolor, on_stdout=settings.stdout)
        self._progress = ProgressLog(self._screen)
        self._shows_progress = wants_progress(settings)
        if self._shows_progress:
            ProgressLog.of_plugin = self._progress

    def addFilter(self, filter: logging._FilterType) -> None:  # noqa: A002, N802 - logging's names
        """Have Snakemake's filter keep records from the screen, not from the progress."""
        self._screen.addFilter(filter)

    def setFormatter(self, fmt: logging.Formatter | None) -> None:  # noqa: N802 - logging's name
        """Have Snakemake's format be that of the screen."""
        self._screen.setFormatter(fmt)

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one record of the run."""
        if self._shows_progress:
            self._progress.take_in(record)
        else:
            self._screen.handle(record)

    def close(self) -> None:
        """Leave the last line whole, however the run ended."""
        self._progress.end()
        super().close()

    @property
    def writes_to_stream(self) -> bool:
        """Take the place of Snakemake's own handler."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Leave Snakemake's log file to Snakemake."""
        return False

    @property
    def has_filter(self) -> bool:
        """Take Snakemake's own filter, which follows its options."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Take Snakemake's own format."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """Do without the graph of rules: the jobs are counted."""
        return False
