"""Which series of an export is the sagittal T1 that bone quality scores are defined on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.fat_suppression import fat_suppression_facts
from bonecohort.images.planes import lies_in, other_plane
from bonecohort.images.weighting import dixon_part
from bonecohort.intake.fitness import (
    LEAST_COVERAGE_MM,
    elsewhere_of,
    is_derived,
    region,
    thickness_mm,
)
from bonecohort.intake.rules import Preference, Rules
from bonecohort.techniques.registry import images
from bonecohort.techniques.vbq.sequence import MS_PER_S, checked_sequence

if TYPE_CHECKING:
    from bonecohort.intake.series import SeriesSummary, Stack
    from bonecohort.techniques.vbq.methods import Sequence

KIND = "t1_sagittal"


def refuse(stack: Stack, words: frozenset[str]) -> str:
    """Return why a stack cannot be the sagittal T1; '' when it can."""
    normal_x, elsewhere = abs(stack.normal[0]), elsewhere_of(words)
    is_in_phase = dixon_part(stack.facts) == "in phase"
    rules = (
        (is_derived(stack, words) and not is_in_phase, "derived, not the original"),
        (
            not lies_in("sagittal", normal_x),
            other_plane(images()[KIND], normal_x).rstrip("."),
        ),
        ("fat suppression" in words and not is_in_phase, "described as fat suppressed"),
        (bool(elsewhere), f"described as {elsewhere}, not as lumbar spine"),
        (
            stack.height_mm < LEAST_COVERAGE_MM,
            (
                f"shows {stack.height_mm:.0f} mm along the body, at least "
                f"{LEAST_COVERAGE_MM:.0f} mm hold the lumbar spine"
            ),
        ),
    )
    why = next((why for holds, why in rules if holds), "")
    if why:
        return why
    try:
        _sequence(stack)
    except DataFault as fault:
        return fault.reason.rstrip(".")
    return ""


def prefer(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
    """Return what a T1 is ranked by, the weightiest first."""
    sequence = _sequence(stack)
    return (
        Preference(sequence != "spin echo", sequence),
        region(series.words),
        Preference(thickness_mm(stack), f"slices {thickness_mm(stack):g} mm thick"),
    )


def describe(stack: Stack) -> tuple[str, ...]:
    """Return a T1's plane and the height that it shows in words."""
    return (f"sagittal, {stack.height_mm:.0f} mm high",)


def _sequence(stack: Stack) -> Sequence:
    """Return the sequence of a stack; raises DataFault where it is no T1 of the score's."""
    return checked_sequence(stack.facts | fat_suppression_facts(stack.facts, {}, MS_PER_S))[0]


RULES = {KIND: Rules("MR", refuse, prefer, describe, is_on_request=True)}
