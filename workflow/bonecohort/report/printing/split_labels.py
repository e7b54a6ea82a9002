"""How text speaks of a variable that splits participants: a grouping, or an outcome."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing import labels
from bonecohort.statistics.variables import group_order
from bonecohort.study.catalogue import NO_YES, split_texts

if TYPE_CHECKING:
    from bonecohort.report.printing.printer import Printer


@dataclass(frozen=True)
class SplitWords:
    """The words for one split.

    ``groups`` head the columns, ``levels`` are the data's own words, both in printing order.
    ``label`` names the variable. ``event`` names the second declared level as running text does,
    ``having`` after "odds ratio of". ``by`` ends a title. ``unknown`` is said of participants in no
    group, ``in_neither`` heads them, and ``nobody`` is said where that is everybody.
    """

    groups: tuple[str, ...]
    levels: tuple[str, ...]
    event: str
    having: str
    by: str
    unknown: str
    in_neither: str
    nobody: str
    label: str = ""
    is_yes_no: bool = True
    is_plural: bool = False

    @property
    def was(self) -> str:
        """The verb that goes with the event."""
        return "were" if self.is_plural else "was"

    @property
    def of_event(self) -> str:
        """What follows a count of participants: ``with osteoporosis``, ``of sex (female)``."""
        return f"{'with' if self.is_yes_no else 'of'} {self.event}"

    @property
    def has_several(self) -> bool:
        """Whether there are more than two groups."""
        return len(self.levels) > 2

    def counted(self, *sizes: int) -> str:
        """Return how many of each group, ``3 with and 2 without osteoporosis``.

        Of more than two groups empty ones are left out: ``3 (grade a) and 2 (grade c)``.
        """
        if self.is_yes_no:
            return f"{sizes[0]} with and {sizes[1]} without {self.event}"
        named = zip(sizes, self.levels, strict=True)
        if not self.has_several:
            return fmt.joined([f"{size} ({level})" for size, level in named])
        label = labels.in_sentence(self.label)
        return fmt.joined([f"{size} ({label} {level})" for size, level in named if size])

    def differed(self) -> str:
        """Return the beginning of a sentence on what differs between the groups."""
        if self.is_yes_no:
            return f"Participants with {self.event} differed from those without in"
        return f"Participants {self.by} ({' vs. '.join(self.levels)}) differed in"


def split_words(name: str, printer: Printer) -> SplitWords:
    """Return the words for a variable with two or more levels, from its declaration."""
    variable = printer.variables[name]
    levels = group_order(variable)
    if name in split_texts():
        return SplitWords(levels=levels, **asdict(split_texts()[name]))
    label = printer.label(name)
    plain = labels.in_sentence(label)
    unknown = (
        f"{plain} is not known",
        f"{labels.capitalised(label)} not known",
        f"{plain} is missing for all participants",
    )
    groups = printer.group_words(name, levels)
    if variable.levels == NO_YES:
        by = f"with and without {plain}"
        return SplitWords(groups, levels, plain, plain, by, *unknown, label)
    event = f"{plain} ({variable.levels[-1]})"
    return SplitWords(groups, levels, event, event, f"by {plain}", *unknown, label, is_yes_no=False)
