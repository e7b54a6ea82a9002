"""How text speaks of a variable that splits participants in two: a grouping, or an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.report import words
from bonecohort.statistics.variables import NO_YES, group_order, known_variables

if TYPE_CHECKING:
    from bonecohort.study.settings import Settings

ENDPLATE_DEFECT = "endplate_defect"


@dataclass(frozen=True)
class SplitWords:
    """The words for one split.

    ``groups`` head the columns, ``levels`` are the data's own words, both in printing order;
    ``event`` names the second declared level as running text does, ``having`` after "odds ratio
    of"; ``by`` ends a title; ``unknown`` is said of participants in neither group,
    ``in_neither`` heads them, and ``nobody`` is said where that is everybody.
    """

    groups: tuple[str, str]
    levels: tuple[str, str]
    event: str
    having: str
    by: str
    unknown: str
    in_neither: str
    nobody: str
    is_yes_no: bool = True
    is_plural: bool = False

    @property
    def was(self) -> str:
        """The verb that goes with the event."""
        return "were" if self.is_plural else "was"

    def counted(self, first: int, second: int) -> str:
        """Return how many of each group, ``3 with and 2 without osteoporosis``."""
        if self.is_yes_no:
            return f"{first} with and {second} without {self.event}"
        return f"{first} ({self.levels[0]}) and {second} ({self.levels[1]})"

    def differed(self) -> str:
        """Return the beginning of a sentence on what differs between the groups."""
        if self.is_yes_no:
            return f"Participants with {self.event} differed from those without in"
        return f"Participants {self.by} ({self.levels[0]} vs. {self.levels[1]}) differed in"


def split_words(name: str, settings: Settings) -> SplitWords:
    """Return the words for a two-level variable, from its declaration."""
    variable = known_variables(settings)[name]
    first, second = group_order(variable)
    levels = (first, second)
    if name == ENDPLATE_DEFECT:
        return SplitWords(
            groups=("Endplate defects", "No endplate defects"),
            levels=levels,
            event="endplate defects",
            having="having an endplate defect",
            by="with and without endplate defects",
            unknown="endplates were not read",
            in_neither="Endplates not read",
            nobody="no endplates were read",
            is_plural=True,
        )
    label = words.label(name, settings)
    plain = words.in_sentence(label)
    unknown = (
        f"{plain} is not known",
        f"{words.capitalised(label)} not known",
        f"{plain} is known of nobody",
    )
    groups = words.group_words(name, levels, settings)
    if variable.levels == NO_YES:
        return SplitWords(groups, levels, plain, plain, f"with and without {plain}", *unknown)
    event = f"{plain} ({variable.levels[-1]})"
    return SplitWords(groups, levels, event, event, f"by {plain}", *unknown, is_yes_no=False)
