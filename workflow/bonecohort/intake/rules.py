"""How a technique declares which series of its kind an export offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.techniques.registry import kinds, proposing_modules

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bonecohort.intake.series import SeriesSummary, Stack
    from bonecohort.techniques.image import Modality


@dataclass(frozen=True)
class Preference:
    """One thing by which a series is better than another; ``level`` 0 is best."""

    level: float
    said: str


@dataclass(frozen=True)
class Rules:
    """How a series of one kind is chosen.

    Attributes
    ----------
    modality
        Modality (0008,0060) of the series that are looked at.
    refuse
        A stack and the words of its series's descriptions → why it cannot be the one; '' when it
        can.
    prefer
        A stack that fits and its series → what it is ranked by, the weightiest first.
    describe
        A stack → its plane and size in words.
    is_on_request
        Whether it is chosen only for those who ask for its kind. Every lumbar MR has a T1, and few
        studies measure it.
    """

    modality: Modality
    refuse: Callable[[Stack, frozenset[str]], str]
    prefer: Callable[[Stack, SeriesSummary], tuple[Preference, ...]]
    describe: Callable[[Stack], tuple[str, ...]]
    is_on_request: bool = False


def rules_by_kind() -> dict[str, Rules]:
    """Return the rules of every kind that may be proposed, in the order of the kinds."""
    modules = proposing_modules()
    return {name: modules[name].RULES[name] for name in kinds() if name in modules}


def proposed_rules(asked: Collection[str]) -> dict[str, Rules]:
    """Return the rules of the kinds that are proposed: those asked for, and those never asked for.

    Raises
    ------
    StudyFault
        A kind that is asked for is never proposed.
    """
    by_kind = rules_by_kind()
    unknown = [kind for kind in asked if kind not in by_kind]
    if unknown:
        known = ", ".join(kind for kind, rules in by_kind.items() if rules.is_on_request)
        raise StudyFault(
            [
                f"--kind: found {kind!r}; one of {known} is expected. Add rows of other kinds to "
                "the series table."
                for kind in unknown
            ]
        )
    return {
        kind: rules for kind, rules in by_kind.items() if kind in asked or not rules.is_on_request
    }
