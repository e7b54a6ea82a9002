"""By what one fitting series is better than another, the weightiest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.images.acquisition_warnings import THICK_SLICE_MM, t2_warnings
from bonecohort.images.deidentify_text import is_no_agent
from bonecohort.intake.fitness import (
    NEAR,
    is_derived_in_phase,
    part_of_dixon,
    spectral_words,
    thickness_mm,
    usable_stack,
)
from bonecohort.intake.kernels import kernel_kind

if TYPE_CHECKING:
    from bonecohort.intake.fitness import Kind
    from bonecohort.intake.series import SeriesSummary, Stack


@dataclass(frozen=True)
class Preference:
    """One thing by which a series is better than another; ``level`` 0 is best."""

    level: float
    said: str


def preferences(series: SeriesSummary, kind: Kind) -> tuple[Preference, ...]:
    """Return what a fitting series is ranked by, the weightiest first."""
    stack = usable_stack(series, kind)
    return _ct_preferences(stack, series) if kind == "ct" else _t2_preferences(stack, series)


def _ct_preferences(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
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
        _region(series.words),
    )


def _t2_preferences(stack: Stack, series: SeriesSummary) -> tuple[Preference, ...]:
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
        _region(series.words),
    )


def _region(words: frozenset[str]) -> Preference:
    level = next((index for index, word in enumerate(NEAR) if word in words), len(NEAR))
    return Preference(
        level, f"described as {NEAR[level]}" if level < len(NEAR) else "no region said"
    )


def _levels(series: SeriesSummary, kind: Kind) -> tuple[float, ...]:
    return tuple(preference.level for preference in preferences(series, kind))


def best_of(fitting: list[SeriesSummary], kind: Kind) -> list[SeriesSummary]:
    """Return the series that no other is preferred to, thin and long ones first."""
    least = min((_levels(one, kind) for one in fitting), default=())
    best = [one for one in fitting if _levels(one, kind) == least]
    return sorted(best, key=lambda one: _size_order(usable_stack(one, kind)))


def _size_order(stack: Stack) -> tuple[float, float]:
    return (round(thickness_mm(stack), 2), -round(stack.coverage_mm))


def why_worse(series: SeriesSummary, chosen: SeriesSummary, kind: Kind) -> str:
    """Return by what a fitting series falls behind the one proposed."""
    pairs = zip(preferences(series, kind), preferences(chosen, kind), strict=True)
    for own, preferred in pairs:
        if own.level != preferred.level:
            return f"{own.said}; the one proposed: {preferred.said}"
    if series.day != chosen.day:
        return "as good, of another day: the one proposed is nearest to the other modality in time"
    own_size, best_size = usable_stack(series, kind), usable_stack(chosen, kind)
    if _size_order(own_size) != _size_order(best_size):
        return (
            f"slices {thickness_mm(own_size):g} mm over {own_size.coverage_mm:.0f} mm; the one "
            f"proposed: {thickness_mm(best_size):g} mm over {best_size.coverage_mm:.0f} mm"
        )
    return "as good as the one proposed, which was met first: choose between them"
