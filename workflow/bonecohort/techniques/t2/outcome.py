"""What was measured of a vertebral body, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.measures.measurement import Measurement


@dataclass(frozen=True)
class MeasuredBody:
    """The row of one body from one source, what it was computed from, and flags."""

    row: Measurement
    details: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefusedBody:
    """One body that could not be measured."""

    reason: str
    flags: tuple[str, ...] = ()


BodyOutcome = MeasuredBody | RefusedBody
