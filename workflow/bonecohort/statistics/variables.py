"""The variables statistics can name: those the settings declare, and those the cohort derives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.settings import LUMBAR_LEVELS, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.study.settings import Settings

NO_YES = ("no", "yes")

DERIVED_VARIABLES: dict[str, Variable] = {
    "total_spine_hu": Variable("Total spine HU", "HU", decimals=2),
    **{f"hu_{level}": Variable(f"{level} HU", "HU", decimals=2) for level in LUMBAR_LEVELS},
    "osteoporosis": Variable("Osteoporosis", type="categorical", levels=NO_YES),
    "endplate_defect": Variable("Endplate defect", type="categorical", levels=NO_YES),
    "n_defect_vertebrae": Variable("Vertebrae with a defect"),
    "hu": Variable("Vertebra HU", "HU", decimals=2),
    "low_hu": Variable("Low HU", type="categorical", levels=NO_YES),
    "width_mm": Variable("Maximum width", "mm"),
    "depth_mm": Variable("Maximum depth", "mm"),
    "body_width_mm": Variable("Vertebral body width", "mm"),
    "body_height_mm": Variable("Vertebral body height", "mm"),
    "standardized_width": Variable("Standardized width", decimals=2),
    "standardized_depth": Variable("Standardized depth", decimals=2),
    "cumulative_score": Variable("Cumulative defect score", decimals=2),
}
"""What the cohort tables add to the participants table; decimals as the paper prints."""
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
    return {**DERIVED_VARIABLES, **settings.variables}


def group_order(variable: Variable) -> tuple[str, ...]:
    """Return a grouping's categories in printing order: yes before no, else as declared."""
    return tuple(reversed(NO_YES)) if variable.levels == NO_YES else variable.levels


def outcome_levels(outcome: str, variables: Mapping[str, Variable]) -> tuple[str, str]:
    """Return the two levels of the models' outcome: without the event, then the event."""
    without, event = (variables.get(outcome) or DERIVED_VARIABLES[outcome]).levels
    return without, event
