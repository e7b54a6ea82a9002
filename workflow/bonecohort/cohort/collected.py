"""What the jobs and the readings tables have to say, before it is laid out in tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.measures.measurement import Measurement


@dataclass(frozen=True)
class Exclusion:
    """A participant dropped, or (with a level) a vertebra not measured, and why."""

    participant_id: str
    level: str
    stage: str
    reason: str


@dataclass(frozen=True)
class Flag:
    """Something about a measured vertebra or scan that deserves a look."""

    participant_id: str
    level: str
    stage: str
    text: str


@dataclass
class Collected:
    """Measurements, exclusions, flags and notes of the whole cohort, in participant order.

    ``exclusions`` and ``failed``, the participants of whom a job failed, are ordered sets: the keys
    of a dict. ``left_out`` are the exclusions that the study's own table asks for, each with
    whether something had been measured there.
    """

    measurements: list[tuple[str, Measurement]] = field(default_factory=list)
    exclusions: dict[Exclusion, None] = field(default_factory=dict)
    flags: list[Flag] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: dict[str, None] = field(default_factory=dict)
    left_out: dict[Exclusion, bool] = field(default_factory=dict)

    def add(self, participant_id: str, rows: Iterable[Measurement]) -> None:
        """Add one participant's measurements."""
        self.measurements.extend((participant_id, row) for row in rows)

    def exclude(self, participant_id: str, level: str, stage: str, reason: str) -> None:
        """Add one exclusion, once."""
        self.exclusions[Exclusion(participant_id, level, stage, reason)] = None
