"""How a technique declares which series of its kind an export offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.techniques.registry import kinds, proposing_modules

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """

    modality: Modality
    refuse: Callable[[Stack, frozenset[str]], str]
    prefer: Callable[[Stack, SeriesSummary], tuple[Preference, ...]]
    describe: Callable[[Stack], tuple[str, ...]]


def rules_by_kind() -> dict[str, Rules]:
    """Return the rules of every kind that is proposed, in the order of the kinds."""
    modules = proposing_modules()
    return {name: modules[name].RULES for name in kinds() if name in modules}
