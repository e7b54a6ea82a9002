"""What refuses a series as the CT or the sagittal T2 of a participant, by stated rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from bonecohort.images.acquisition_warnings import t2_warnings
from bonecohort.images.burned_in import BURNED_IN
from bonecohort.images.energy import ENERGY_FACT, KIND_FACT
from bonecohort.images.planes import LEAST_NORMAL, lies_in, other_plane
from bonecohort.images.weighting import Part, dixon_part, is_inversion_recovery
from bonecohort.intake.kernels import kernel_kind
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.intake.series import SeriesSummary, Stack

Kind = Literal["ct", "t2_sagittal"]

LEAST_COVERAGE_MM = 120.0
"""Less than this does not hold five lumbar vertebrae of a small adult."""
LONG_SCAN_MM = 400.0
"""A chest scan as long as this goes on to the abdomen."""
THICKEST_MM = 5.0
LONGEST_T2_ECHO_S = 0.25
"""Beyond it only fluid is bright: myelography."""
NOT_ORIGINAL = {"DERIVED", "SECONDARY", "MPR", "CSA MPR", "REFORMATTED", "AVERAGE", "SUBTRACTION"}
DIXON_PARTS: tuple[Part, ...] = ("in phase", "opposed phase", "water", "fat")
NEVER_T2 = {"opposed phase", "fat", "fat fraction"}
ELSEWHERE = ("head", "limb", "cervical spine", "thoracic spine", "chest")
NEAR = ("lumbar", "abdomen", "spine")


def refusal(series: SeriesSummary, kind: Kind) -> str:
    """Return why a series cannot be the one; '' when it can."""
    if series.refusal:
        return series.refusal
    if series.shares_folder and not series.uid:
        return "it shares its folder with other series and has no SeriesInstanceUID to pick it by"
    check = _refuse_ct if kind == "ct" else _refuse_t2
    fitting, reasons = [], []
    for stack in series.stacks:
        why = check(stack, series.words)
        if why:
            reasons.append(why)
        else:
            fitting.append(stack)
    if not fitting:
        return reasons[0]
    if any(str(stack.facts.get(BURNED_IN, "")).upper() == "YES" for stack in fitting):
        return f"{BURNED_IN} is YES: text is part of the image"
    if len(fitting) > 1:
        names = ", ".join(fitting[0].told_apart_by)
        apart = f", which differ in {names}" if names else ""
        return f"it holds {len(fitting)} stacks{apart}: export the one wanted as its own series"
    return fitting[0].fault


def _refuse_ct(stack: Stack, words: frozenset[str]) -> str:
    elsewhere = _elsewhere(words)
    thickness = thickness_mm(stack)
    rules = (
        (
            not stack.energy_allowed,
            f"no conventional CT, but a multi-energy derivative ({spectral_words(stack.facts)})",
        ),
        (_is_derived(stack, words), "derived (a reformat or projection), not the original"),
        (
            not lies_in("axial", stack.normal[2]),
            (
                f"not axial: the head-foot part of its slice normal is {abs(stack.normal[2]):.2f}, "
                f"more than {LEAST_NORMAL} is needed"
            ),
        ),
        (
            stack.coverage_mm < LEAST_COVERAGE_MM,
            (
                f"covers {stack.coverage_mm:.0f} mm along the body, at least "
                f"{LEAST_COVERAGE_MM:.0f} mm hold the lumbar spine"
            ),
        ),
        (
            thickness > THICKEST_MM,
            f"slices {thickness:g} mm thick, at most {THICKEST_MM:g} mm are of use",
        ),
        (
            bool(elsewhere) and not (elsewhere == "chest" and stack.coverage_mm >= LONG_SCAN_MM),
            f"described as {elsewhere}, not as lumbar spine or abdomen",
        ),
        (
            kernel_kind(str(stack.facts.get("ConvolutionKernel", ""))) == "lung",
            f"lung kernel ({stack.facts.get('ConvolutionKernel')})",
        ),
    )
    return next((why for holds, why in rules if holds), "")


def _refuse_t2(stack: Stack, words: frozenset[str]) -> str:
    normal_x = abs(stack.normal[0])
    scanning = str(stack.facts.get("ScanningSequence", "")).split("\\")
    echo = stack.facts.get("EchoTime", 0)
    elsewhere = _elsewhere(words)
    part, derived = part_of_dixon(stack, words), _is_derived(stack, words)
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


def _lower(sentence: str) -> str:
    return sentence.removeprefix("The T2 series is ").rstrip(".")


def _not_t2(stack: Stack) -> str:
    warnings = t2_warnings(stack.facts, stack.described_as_t2)
    return warnings[0].rstrip(".") if warnings else "not T2-weighted"


def _is_derived(stack: Stack, words: frozenset[str]) -> bool:
    image_type = {str(part).upper() for part in stack.facts.get("ImageType", ())}
    return bool(image_type & NOT_ORIGINAL or {"MPR", "MIP"} & words)


def spectral_words(facts: Mapping[str, Any]) -> str:
    """Return what image of several X-ray energies the facts tell; '' for a conventional CT."""
    kind, energy = facts.get(KIND_FACT, ""), facts.get(ENERGY_FACT)
    return f"{kind} image at {energy:g} keV" if kind and energy is not None else str(kind)


def part_of_dixon(stack: Stack, words: frozenset[str]) -> Part:
    """Return which of a Dixon sequence's images a stack is; '' where it is none, or not told."""
    told = dixon_part(stack.facts)
    if told or "Dixon" not in words:
        return told
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


def _elsewhere(words: frozenset[str]) -> str:
    """Return the region a series is described as, when it can't be the lumbar spine.

    "Cervical spine" holds the word spine too: of a named part, only another part counts.
    """
    named = [word for word in ELSEWHERE if word in words]
    spared = {"lumbar", "abdomen"} if any("spine" in word for word in named) else set(NEAR)
    return named[0] if named and not spared & words else ""


def usable_stack(series: SeriesSummary, kind: Kind) -> Stack:
    """Return the one stack of a series that is not refused."""
    check = _refuse_ct if kind == "ct" else _refuse_t2
    return next(stack for stack in series.stacks if not check(stack, series.words))


def thickness_mm(stack: Stack) -> float:
    """Return the thickness of a stack's slices, or their spacing where that is larger."""
    return max(float(stack.facts.get("SliceThickness", 0)), stack.spacing_mm)
