"""What was measured of a vertebral body on images of water and fat, or why nothing was."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.measures.mr.values import RegionFault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bonecohort.measures.mr.bodies import VertebralBody
    from bonecohort.measures.mr.values import RegionValues
    from bonecohort.techniques.fat_fraction.settings import MrFatSettings

UNUSUAL_PERCENT = (10.0, 90.0)


@dataclass(frozen=True)
class FittedValue:
    """One value fitted to all voxels of a region together: there is neither median nor SD.

    Attributes
    ----------
    mean
        The value.
    n_voxels, volume_cm3
        Of the voxels fitted.
    left_out
        Fraction of the region's voxels that are outliers.
    """

    mean: float
    n_voxels: int
    volume_cm3: float
    left_out: float


@dataclass(frozen=True)
class MeasuredBody:
    """One vertebral body measured: the values of its inside, and what there is to say of them."""

    level: str
    values: RegionValues | FittedValue
    flags: tuple[str, ...]


@dataclass(frozen=True)
class RefusedBody:
    """One vertebral body that could not be measured."""

    level: str
    reason: str
    flags: tuple[str, ...] = ()


BodyOutcome = MeasuredBody | RefusedBody


def outcome_of(
    level: str,
    body: VertebralBody | str,
    measure: Callable[[VertebralBody], MeasuredBody],
) -> BodyOutcome:
    """Return what ``measure`` gives of a body; else why there is no body or no measurement."""
    if isinstance(body, str):
        return RefusedBody(level, body)
    try:
        return measure(body)
    except RegionFault as fault:
        return RefusedBody(level, fault.reason, (*body.flags, *fault.flags))
    except DataFault as fault:
        return RefusedBody(level, fault.reason, body.flags)


def flagged(outcome: BodyOutcome, flags: tuple[str, ...]) -> BodyOutcome:
    """Return an outcome with further flags."""
    return replace(outcome, flags=(*outcome.flags, *flags))


def with_flags(
    outcomes: Mapping[str, BodyOutcome], flags: tuple[str, ...]
) -> dict[str, BodyOutcome]:
    """Return the outcomes, each with flags that concern the whole image."""
    return {level: flagged(outcome, flags) for level, outcome in outcomes.items()}


def outlier_flags(left_out: float, settings: MrFatSettings) -> list[str]:
    """Return a flag where a larger share of a region was left out than the study allows."""
    limit = settings.max_outlier_fraction
    if left_out <= limit:
        return []
    return [f"outliers: {100 * left_out:.1f}% (limit {100 * limit:g}%)"]


def unusual_flags(percent: float) -> list[str]:
    """Return a flag of a fat fraction in % that is rare in marrow."""
    least, most = UNUSUAL_PERCENT
    if least <= percent <= most:
        return []
    return [f"unusual_fat_fraction: {percent:.1f}% (limits {least:g} and {most:g}%)"]
