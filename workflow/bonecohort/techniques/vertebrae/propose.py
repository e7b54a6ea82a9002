"""Which series of an export is the CT of the lumbar spine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.images.acquisition_warnings import THICK_SLICE_MM
from bonecohort.images.deidentify_text import is_no_agent
from bonecohort.images.energy import ENERGY_FACT, KIND_FACT
from bonecohort.images.planes import LEAST_NORMAL, lies_in
from bonecohort.intake.fitness import (
    LEAST_COVERAGE_MM,
    elsewhere_of,
    is_derived,
    region,
    thickness_mm,
)
from bonecohort.intake.kernels import kernel_kind
from bonecohort.intake.rules import Preference, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.intake.series import SeriesSummary, Stack

LONG_SCAN_MM = 400.0
"""A chest scan as long as this reaches the abdomen."""
THICKEST_MM = 5.0


def refuse(stack: Stack, words: frozenset[str]) -> str:
    """Return why a stack cannot be the CT; '' when it can."""
    elsewhere = elsewhere_of(words)
    thickness = thickness_mm(stack)
    rules = (
        (
            not stack.energy_allowed,
            f"no conventional CT, but a multi-energy derivative ({spectral_words(stack.facts)})",
        ),
        (is_derived(stack, words), "derived (a reformat or projection), not the original"),
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


def prefer(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
    """Return what a CT is ranked by, the weightiest first."""
    thickness = thickness_mm(stack)
    contrast = not is_no_agent(str(stack.facts.get("ContrastBolusAgent", "")))
    kernel = str(stack.facts.get("ConvolutionKernel", "")) or "not recorded"
    kernel_level = {"standard": 0, "unknown": 1, "bone": 2}.get(kernel_kind(kernel), 3)
    unsure = "ORIGINAL" not in stack.facts.get("ImageType", ())
    energy = spectral_words(stack.facts)
    return (
        Preference(bool(energy), energy or "conventional"),
        Preference(thickness > THICK_SLICE_MM, f"slices {thickness:g} mm thick"),
        Preference(contrast, "contrast agent" if contrast else "no contrast agent"),
        Preference(kernel_level, f"kernel {kernel}"),
        Preference(unsure, "not said to be original" if unsure else "original"),
        region(series.words),
    )


def describe(stack: Stack) -> tuple[str, ...]:
    """Return a CT's plane and length in words."""
    return (f"axial, {stack.coverage_mm:.0f} mm long",)


def spectral_words(facts: Mapping[str, Any]) -> str:
    """Return what image of several X-ray energies the facts name; '' for a conventional CT."""
    kind, energy = facts.get(KIND_FACT, ""), facts.get(ENERGY_FACT)
    return f"{kind} image at {energy:g} keV" if kind and energy is not None else str(kind)


RULES = {"ct": Rules("CT", refuse, prefer, describe)}
