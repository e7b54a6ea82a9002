"""Results marked as incomplete: Snakemake makes them again, as after a job that was cut off.

Removing a result would not do: Snakemake does not miss one while all that was made of it is there.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bonecohort.monitoring.snakemake_surface import (
    incomplete_mark,
    is_marked_incomplete,
    write_incomplete_mark,
)

if TYPE_CHECKING:
    from pathlib import Path

WHY = "why"
"""Key of a mark of our own, which Snakemake does not look at."""

_marked: list[Path] = []


def mark_incomplete(result: Path, why: str = "") -> Path | None:
    """Mark a result, a path below the study folder, for the run that begins in this process.

    Return the mark; None where there is one already, of a job that was cut off.
    """
    if is_marked_incomplete(result):
        return None
    mark = write_incomplete_mark(result, {WHY: why} if why else {})
    _marked.append(mark.resolve())  # Snakemake leaves the study folder before the end
    return mark


def remove_own_marks() -> None:
    """Take the marks away: they were for a plan, and what is planned may change until the run."""
    while _marked:
        with suppress(OSError):
            _marked.pop().unlink()


def why_marked(result: Path) -> str:
    """Return the reason that a mark of :func:`mark_incomplete` gives; '' for none."""
    return str(incomplete_mark(result).get(WHY, ""))
