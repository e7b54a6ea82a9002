"""Which series of an export is a map, or an image of one tissue, that a scanner computed.

ImageType must say so: descriptions are typed by hand.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bonecohort.images.mr_contents import content_by_type
from bonecohort.intake.fitness import (
    LEAST_COVERAGE_MM,
    body_length_mm,
    elsewhere_of,
    region,
    thickness_mm,
)
from bonecohort.intake.rules import Preference, Rules
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from collections.abc import Collection

    from bonecohort.intake.series import SeriesSummary, Stack

GRADIENT_ECHO = "GR"


def map_rules(
    kind: str, types: Collection[str] = (), *, of_gradient_echo: bool = False
) -> dict[str, Rules]:
    """Return the rules of a kind, which is proposed on request, by its name.

    Parameters
    ----------
    types
        Words of ImageType, in capitals, of which it must hold one; none: it must name what the
        kind shows.
    of_gradient_echo
        Whether ScanningSequence must say that it was a gradient echo.
    """
    refuse = partial(_refuse, kind, frozenset(types), of_gradient_echo)
    return {kind: Rules("MR", refuse, _prefer, _describe, is_on_request=True)}


def _refuse(
    kind: str, types: frozenset[str], of_gradient_echo: bool, stack: Stack, words: frozenset[str]
) -> str:
    image = images()[kind]
    named = {str(word).upper() for word in stack.facts.get("ImageType", ())}
    shown = content_by_type(stack.facts, image)
    is_shown = bool(types & named) if types else shown == image.shows
    sequence = str(stack.facts.get("ScanningSequence", "")).upper().split("\\")
    elsewhere, length = elsewhere_of(words), body_length_mm(stack)
    rules = (
        (
            not is_shown,
            f"ImageType says {shown}" if shown else f"ImageType does not say {image.called}",
        ),
        (
            of_gradient_echo and GRADIENT_ECHO not in sequence,
            "ScanningSequence is no gradient echo (GR)",
        ),
        (bool(elsewhere), f"described as {elsewhere}, not as lumbar spine"),
        (
            length < LEAST_COVERAGE_MM,
            (
                f"shows {length:.0f} mm along the body, at least {LEAST_COVERAGE_MM:.0f} mm hold "
                "the lumbar spine"
            ),
        ),
    )
    return next((why for holds, why in rules if holds), "")


def _prefer(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
    thickness = thickness_mm(stack)
    return (region(series.words), Preference(thickness, f"slices {thickness:g} mm thick"))


def _describe(stack: Stack) -> tuple[str, ...]:
    return (f"{body_length_mm(stack):.0f} mm long",)
