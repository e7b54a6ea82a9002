"""What was measured of a vertebra, or why nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bonecohort.measures.measurement import Measurement


@dataclass(frozen=True)
class MeasuredBody:
    """The rows of one vertebra, what they were computed from, and flags."""

    rows: tuple[Measurement, ...]
    details: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefusedBody:
    """One vertebra that could not be measured."""

    reason: str
    flags: tuple[str, ...] = ()


BodyOutcome = MeasuredBody | RefusedBody
Outcomes = Mapping[str, BodyOutcome]
"""Level → its outcome."""
