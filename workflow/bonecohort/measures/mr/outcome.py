"""What was measured of a vertebral body, or why nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bonecohort.faults import DataFault
from bonecohort.measures.mr.values import RegionFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.measures.measurement import Measurement
    from bonecohort.measures.mr.bodies import VertebralBody


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
"""Level → its outcome."""


def outcome_of(
    body: VertebralBody | str, measure: Callable[[VertebralBody], MeasuredBody]
) -> BodyOutcome:
    """Return what ``measure`` gives of a body; else why there is no body or no measurement."""
    if isinstance(body, str):
        return RefusedBody(body)
    try:
        return measure(body)
    except RegionFault as fault:
        return RefusedBody(fault.reason, (*body.flags, *fault.flags))
    except DataFault as fault:
        return RefusedBody(fault.reason, body.flags)


def with_flags(outcomes: Outcomes, flags: tuple[str, ...]) -> dict[str, BodyOutcome]:
    """Return the outcomes by level, each with flags that concern the whole image."""
    return {
        level: replace(outcome, flags=(*outcome.flags, *flags))
        for level, outcome in outcomes.items()
    }
