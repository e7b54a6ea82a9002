"""The columns of a table that a user fills in."""

from __future__ import annotations

from dataclasses import dataclass

from bonecohort.study.settings import LUMBAR_LEVELS


@dataclass(frozen=True)
class Column:
    """A heading, the comment on it, and the words that its cells may hold; none for any."""

    name: str
    comment: str
    words: tuple[str, ...] = ()


OF_A_VERTEBRA = (
    Column("participant_id", "The ID as in participants.xlsx."),
    Column("level", f"The vertebra: {', '.join(LUMBAR_LEVELS)}.", LUMBAR_LEVELS),
)
"""What each row of a table of readings begins with."""
