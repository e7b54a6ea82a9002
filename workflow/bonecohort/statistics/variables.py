"""The variables statistics can name: those the settings declare, and those the cohort derives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.catalogue import (
    DERIVED_OF_PARTICIPANTS,
    DERIVED_OF_VERTEBRAE,
    NO_YES,
    participant_variables,
    site_variables,
)
from bonecohort.study.settings import LUMBAR_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.study.settings import Settings, Variable

DERIVED_VARIABLES = DERIVED_OF_PARTICIPANTS | DERIVED_OF_VERTEBRAE
"""What the cohort's tables of Hao et al. 2025 hold beside the declared variables."""
DEFINED_BY: dict[str, tuple[str, ...]] = {
    "osteoporosis": ("total_spine_hu", *(f"hu_{level}" for level in LUMBAR_LEVELS)),
    "low_hu": ("hu",),
    "endplate_defect": ("n_defect_vertebrae",),
}
"""What each derived grouping is computed from: a comparison of it is circular."""


def circular(grouping: str, names: Iterable[str]) -> list[str]:
    """Return which variables define a grouping, or are defined with it by the same ones."""
    of_grouping = set(DEFINED_BY.get(grouping, (grouping,)))
    return [
        name
        for name in names
        if name == grouping or of_grouping & {name, *DEFINED_BY.get(name, ())}
    ]


def known_variables(settings: Settings) -> dict[str, Variable]:
    """Return every variable by column name; the study's own declaration wins."""
    return {**site_variables(settings), **participant_variables(settings)}


def group_order(variable: Variable) -> tuple[str, ...]:
    """Return a grouping's categories in printing order: yes before no, else as declared."""
    return tuple(reversed(NO_YES)) if variable.levels == NO_YES else variable.levels


def outcome_levels(outcome: str, variables: Mapping[str, Variable]) -> tuple[str, str]:
    """Return the two levels of the models' outcome: without the event, then the event."""
    without, event = (variables.get(outcome) or DERIVED_VARIABLES[outcome]).levels
    return without, event
