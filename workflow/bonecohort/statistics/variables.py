"""The variables statistics can name: those the settings declare, and those the cohort derives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.study.catalogue import (
    NO_YES,
    computed_from,
    derived_variables,
    participant_variables,
    site_variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bonecohort.study.settings import Settings, Variable


def defining(name: str) -> set[str]:
    """Return the variables that a derived one is computed from, at any remove."""
    result: set[str] = set()
    waiting = list(computed_from().get(name, ()))
    while waiting:
        one = waiting.pop()
        result.add(one)
        waiting += computed_from().get(one, ())
    return result


def circular(grouping: str, names: Iterable[str]) -> list[str]:
    """Return which variables define a grouping, or are defined with it by the same ones."""
    of_grouping = defining(grouping) or {grouping}
    return [name for name in names if name == grouping or of_grouping & {name, *defining(name)}]


def known_variables(settings: Settings) -> dict[str, Variable]:
    """Return every variable by column name; the study's own declaration wins."""
    return {**site_variables(settings), **participant_variables(settings)}


def group_order(variable: Variable) -> tuple[str, ...]:
    """Return a grouping's categories in printing order: yes before no, else as declared."""
    return tuple(reversed(NO_YES)) if variable.levels == NO_YES else variable.levels


def outcome_levels(outcome: str, variables: Mapping[str, Variable]) -> tuple[str, str]:
    """Return the two levels of the models' outcome: without the event, then the event."""
    without, event = (variables.get(outcome) or derived_variables("participant")[outcome]).levels
    return without, event
