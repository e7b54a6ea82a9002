"""Which series of an export is the sagittal T2 of the lumbar spine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.images.acquisition_warnings import t2_warnings
from bonecohort.images.planes import lies_in, other_plane
from bonecohort.images.weighting import Part, dixon_part, is_inversion_recovery
from bonecohort.intake.fitness import (
    LEAST_COVERAGE_MM,
    NOT_ORIGINAL,
    elsewhere_of,
    is_derived,
    region,
    thickness_mm,
)
from bonecohort.intake.rules import Preference, Rules
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from bonecohort.intake.series import SeriesSummary, Stack

LONGEST_T2_ECHO_S = 0.25
"""Beyond it only fluid is bright: myelography."""
DIXON_PARTS: tuple[Part, ...] = ("in phase", "opposed phase", "water", "fat")
NEVER_T2 = {"opposed phase", "fat", "fat fraction"}


def refuse(stack: Stack, words: frozenset[str]) -> str:
    """Return why a stack cannot be the sagittal T2; '' when it can."""
    normal_x = abs(stack.normal[0])
    scanning = str(stack.facts.get("ScanningSequence", "")).split("\\")
    echo = stack.facts.get("EchoTime", 0)
    elsewhere = elsewhere_of(words)
    part, derived = part_of_dixon(stack, words), is_derived(stack, words)
    rules = (
        (
            part in NEVER_T2 or (part == "water" and derived),
            f"the {part} image of a Dixon sequence, not the in-phase one",
        ),
        (
            derived and not is_derived_in_phase(stack, words),
            "derived (a reformat or projection), not the original",
        ),
        (not lies_in("sagittal", normal_x), _lower(other_plane(images()["t2_sagittal"], normal_x))),
        (
            is_inversion_recovery(stack.facts) or bool({"STIR", "FLAIR"} & words),
            "inversion recovery (STIR or FLAIR), not plain T2",
        ),
        ("EP" in scanning, "echo-planar (diffusion), not a T2-weighted spin echo"),
        ("T2*" in words or scanning == ["GR"], "gradient echo (T2*), not a T2-weighted spin echo"),
        (not stack.t2_weighted, _not_t2(stack)),
        (
            echo >= LONGEST_T2_ECHO_S or "myelography" in words,
            "myelography: fluid alone is bright in it",
        ),
        (bool(elsewhere), f"described as {elsewhere}, not as lumbar spine"),
        (
            stack.height_mm < LEAST_COVERAGE_MM,
            (
                f"shows {stack.height_mm:.0f} mm along the body, at least "
                f"{LEAST_COVERAGE_MM:.0f} mm hold the lumbar spine"
            ),
        ),
    )
    return next((why for holds, why in rules if holds), "")


def prefer(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
    """Return what a T2 is ranked by, the weightiest first."""
    options = str(stack.facts.get("ScanOptions", "")).split("\\")
    in_phase = part_of_dixon(stack, series.words) == "in phase"
    fat = "FS" in options or ("fat suppression" in series.words and not in_phase)
    derived = is_derived_in_phase(stack, series.words)
    # t2_warnings is silent where the description says T2; the times are what is asked here.
    unsure = bool(t2_warnings(stack.facts, described_as_t2=False))
    echo = stack.facts.get("EchoTime")
    return (
        Preference(fat, "fat suppressed" if fat else "no fat suppression"),
        Preference(derived, "in-phase image of a Dixon sequence" if derived else "original"),
        Preference(unsure, "T2 by description only" if unsure else f"echo time {echo:g} s"),
        region(series.words),
    )


def describe(stack: Stack) -> tuple[str, ...]:
    """Return a T2's plane and the thickness of its slices in words."""
    return ("sagittal", f"slices {thickness_mm(stack):g} mm thick")


def _lower(sentence: str) -> str:
    return sentence.removeprefix("The T2 series is ").rstrip(".")


def _not_t2(stack: Stack) -> str:
    warnings = t2_warnings(stack.facts, stack.described_as_t2)
    return warnings[0].rstrip(".") if warnings else "not T2-weighted"


def part_of_dixon(stack: Stack, words: frozenset[str]) -> Part:
    """Return which of a Dixon sequence's images a stack is; '' where it is none, or not named."""
    dixon = dixon_part(stack.facts)
    if dixon or "Dixon" not in words:
        return dixon
    described = [part for part in DIXON_PARTS if f"{part} image" in words]
    return described[0] if len(described) == 1 else ""


def is_derived_in_phase(stack: Stack, words: frozenset[str]) -> bool:
    """Whether a stack is derived, but only as a Dixon's in-phase image is: it is plain T2."""
    image_type = {str(part).upper() for part in stack.facts.get("ImageType", ())}
    return (
        part_of_dixon(stack, words) == "in phase"
        and image_type & NOT_ORIGINAL == {"DERIVED"}
        and not {"MPR", "MIP"} & words
    )


RULES = {"t2_sagittal": Rules("MR", refuse, prefer, describe)}
