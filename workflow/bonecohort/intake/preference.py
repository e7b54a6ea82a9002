"""By what one fitting series is better than another, the weightiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.intake.fitness import thickness_mm, usable_stack

if TYPE_CHECKING:
    from bonecohort.intake.rules import Preference, Rules
    from bonecohort.intake.series import SeriesSummary, Stack


def preferences(series: SeriesSummary, rules: Rules) -> tuple[Preference, ...]:
    """Return what a fitting series is ranked by, the weightiest first."""
    return rules.prefer(usable_stack(series, rules), series)


def _levels(series: SeriesSummary, rules: Rules) -> tuple[float, ...]:
    return tuple(preference.level for preference in preferences(series, rules))


def best_of(fitting: list[SeriesSummary], rules: Rules) -> list[SeriesSummary]:
    """Return the series that no other is preferred to, thin and long ones first."""
    least = min((_levels(summary, rules) for summary in fitting), default=())
    best = [summary for summary in fitting if _levels(summary, rules) == least]
    return sorted(best, key=lambda summary: _size_order(usable_stack(summary, rules)))


def _size_order(stack: Stack) -> tuple[float, float]:
    return (round(thickness_mm(stack), 2), -round(stack.coverage_mm))


def why_worse(series: SeriesSummary, chosen: SeriesSummary, rules: Rules) -> str:
    """Return by what a fitting series falls behind the one proposed."""
    pairs = zip(preferences(series, rules), preferences(chosen, rules), strict=True)
    for own, preferred in pairs:
        if own.level != preferred.level:
            return f"{own.said}; the one proposed: {preferred.said}"
    if series.day != chosen.day:
        return "as good, of another day: the one proposed is nearest to the other modality in time"
    own_size, best_size = usable_stack(series, rules), usable_stack(chosen, rules)
    if _size_order(own_size) != _size_order(best_size):
        return (
            f"slices {thickness_mm(own_size):g} mm over {own_size.coverage_mm:.0f} mm; the one "
            f"proposed: {thickness_mm(best_size):g} mm over {best_size.coverage_mm:.0f} mm"
        )
    return "as good as the one proposed, which was met first: choose between them"
