"""What refuses a series as one of a kind: what all kinds share, and the kind's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.images.burned_in import BURNED_IN
from bonecohort.intake.rules import Preference

if TYPE_CHECKING:
    from bonecohort.intake.rules import Rules
    from bonecohort.intake.series import SeriesSummary, Stack

LEAST_COVERAGE_MM = 120.0
"""Less than this does not hold five lumbar vertebrae of a small adult."""
NOT_ORIGINAL = {"DERIVED", "SECONDARY", "MPR", "CSA MPR", "REFORMATTED", "AVERAGE", "SUBTRACTION"}
ELSEWHERE = ("head", "limb", "cervical spine", "thoracic spine", "chest")
HEAD = 2  # the axis of LPS that points to the head
NEAR = ("lumbar", "abdomen", "spine")


def refusal(series: SeriesSummary, rules: Rules) -> str:
    """Return why a series cannot be the one; '' when it can."""
    if series.refusal:
        return series.refusal
    if series.shares_folder and not series.uid:
        return "it shares its folder with other series and has no SeriesInstanceUID to pick it by"
    fitting, reasons = [], []
    for stack in series.stacks:
        why = rules.refuse(stack, series.words)
        if why:
            reasons.append(why)
        else:
            fitting.append(stack)
    if not fitting:
        return reasons[0]
    if any(str(stack.facts.get(BURNED_IN, "")).upper() == "YES" for stack in fitting):
        return f"{BURNED_IN} is YES: text is part of the image"
    if len(fitting) > 1:
        names = ", ".join(fitting[0].separated_by)
        apart = f", which differ in {names}" if names else ""
        return f"it holds {len(fitting)} stacks{apart}: export the one wanted as its own series"
    return fitting[0].fault


def usable_stack(series: SeriesSummary, rules: Rules) -> Stack:
    """Return the one stack of a series that is not refused."""
    return next(stack for stack in series.stacks if not rules.refuse(stack, series.words))


def thickness_mm(stack: Stack) -> float:
    """Return the thickness of a stack's slices, or their spacing where that is larger."""
    return max(float(stack.facts.get("SliceThickness", 0)), stack.spacing_mm)


def body_length_mm(stack: Stack) -> float:
    """Return how much of the body a stack shows from head to foot."""
    across, along = abs(stack.normal[HEAD]), stack.height_mm
    return max(across * stack.coverage_mm, along)


def is_derived(stack: Stack, words: frozenset[str]) -> bool:
    """Whether a stack is a reformat, a projection or made otherwise of other images."""
    image_type = {str(part).upper() for part in stack.facts.get("ImageType", ())}
    return bool(image_type & NOT_ORIGINAL or {"MPR", "MIP"} & words)


def elsewhere_of(words: frozenset[str]) -> str:
    """Return the region a series is described as, when it can't be the lumbar spine.

    "Cervical spine" holds the word spine too: of a named part, only another part counts.
    """
    named = [word for word in ELSEWHERE if word in words]
    spared = {"lumbar", "abdomen"} if any("spine" in word for word in named) else set(NEAR)
    return named[0] if named and not spared & words else ""


def region(words: frozenset[str]) -> Preference:
    """Return the rank of the region that a series is described as."""
    level = next((index for index, word in enumerate(NEAR) if word in words), len(NEAR))
    return Preference(
        level, f"described as {NEAR[level]}" if level < len(NEAR) else "no region said"
    )
