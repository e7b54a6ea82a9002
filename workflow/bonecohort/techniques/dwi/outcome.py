"""What was measured of a vertebral body, or why nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bonecohort.measures.measurement import Measurement

SNR_UNKNOWN = "snr_unknown"
"""Flag of values whose noise is not known."""


@dataclass(frozen=True)
class MeasuredBody:
    """The rows of one body from one source, what they were computed from, and flags."""

    rows: tuple[Measurement, ...]
    details: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class RefusedBody:
    """One body that could not be measured."""

    reason: str
    flags: tuple[str, ...] = ()


BodyOutcome = MeasuredBody | RefusedBody
Outcomes = Mapping[str, BodyOutcome]


def with_flags(outcomes: Outcomes, flags: tuple[str, ...]) -> dict[str, BodyOutcome]:
    """Return the outcomes by level, each with flags that concern the whole image."""
    return {
        level: replace(outcome, flags=(*outcome.flags, *flags))
        for level, outcome in outcomes.items()
    }
