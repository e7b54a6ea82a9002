"""One reader's marks, and the files of theirs that were not understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.annotations.marks.markup import Markup


@dataclass(frozen=True)
class Unread:
    """A file that was not understood: what to call it, and why as a sentence."""

    file: str
    why: str


@dataclass
class Reading:
    """Marks of a reading, files of it that are unread, and names of files that are nobody's.

    ``n_read`` counts the files that were read.
    """

    markups: list[Markup] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    n_read: int = 0

    def add(self, other: Reading) -> None:
        """Add what another part of the reading holds; a mark that a file repeats is left out."""
        known = {_identity(markup): markup.source for markup in self.markups}
        for markup in other.markups:
            identity = _identity(markup)
            if identity is not None and known.get(identity, markup.source) != markup.source:
                self.skipped.append(f"{markup.name or markup.source} (repeated)")
            else:
                self.markups.append(markup)
        self.unread += other.unread
        self.skipped += other.skipped
        self.n_read += other.n_read


def _identity(markup: Markup) -> tuple[object, ...] | None:
    name = markup.meaning
    return None if name is None else (name, markup.type, markup.points_lps_mm)
