"""What the review page shows: participants, their techniques, and the sites that are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bonecohort.study.reviewed import Reviewed


def technique_title(name: str) -> str:
    """Return a technique's name as the page prints it."""
    return name.replace("_", " ")


@dataclass(frozen=True)
class Value:
    """One printed value of a measure."""

    label: str
    text: str


@dataclass(frozen=True)
class ValueGroup:
    """Values of one part of a site by one reader; '' where there is but one part or reader."""

    title: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Remark:
    """A flag, or why something was not measured. ``code`` is what it is filtered by."""

    kind: str
    code: str
    stage: str
    text: str


@dataclass(frozen=True)
class Place:
    """A site of a technique of a participant, as the page shows it.

    ``number`` is the value that it is sorted by. ``digest`` changes with what was measured: a
    verdict that the browser keeps is of these values.
    """

    reviewed: Reviewed
    groups: tuple[ValueGroup, ...]
    remarks: tuple[Remark, ...]
    readers: tuple[str, ...]
    number: float | None
    digest: str

    @property
    def key(self) -> str:
        """Name of the place on the page. An ID has no bar, nor has a technique or a site."""
        one = self.reviewed
        return f"{one.participant_id}|{one.site}|{one.technique}"


@dataclass(frozen=True)
class Shown:
    """A picture of the results folder, by its address relative to the page."""

    source: str
    width: int
    height: int
    technique: str


@dataclass(frozen=True)
class Block:
    """A technique of a participant: its pictures, and beside them its sites."""

    technique: str
    pictures: tuple[Shown, ...]
    places: tuple[Place, ...]

    @property
    def title(self) -> str:
        """The technique's name as the page prints it."""
        return technique_title(self.technique)


@dataclass(frozen=True)
class Participant:
    """A participant's part of the page."""

    participant_id: str
    remarks: tuple[Remark, ...]
    blocks: tuple[Block, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """All sites of all techniques."""
        return tuple(place for block in self.blocks for place in block.places)
