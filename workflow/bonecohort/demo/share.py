"""What a technique adds to the demo study, for some of its participants."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from bonecohort.demo.truth import DemoParticipant
    from bonecohort.images.volume import Volume

    AroundCt = Callable[[Volume, Volume, DemoParticipant, int], tuple[Volume, Volume]]


@dataclass(frozen=True)
class SeriesRow:
    """A row of series.tsv, whose path lies in the technique's folder of the participant."""

    kind: str
    path: str
    site: str = ""
    label_scheme: str = ""


TruthRow = tuple[str, str, float]
"""Site or level, measure, and true value."""


def no_files(_folder: Path, _participant: DemoParticipant, _seed: int) -> None:
    """Write nothing: all is in tables."""


def no_texts(_cohort: Sequence[DemoParticipant]) -> Mapping[str, str]:
    """Return no further text file."""
    return {}


def _no_series(_participant: DemoParticipant) -> Iterable[SeriesRow]:
    return ()


@dataclass(frozen=True)
class Share:
    """What a technique adds to the demo study; its functions are those of a module.

    Attributes
    ----------
    name
        Of its folder in the folder of a participant, and in that of the demo's files; no other
        file or folder there has it.
    numbers
        Those of the participants who have it. They begin above those of a small demo study.
    truth
        Gives the true values of a participant.
    config
        Its settings, by section of config.yaml. Shares may add to one section.
    series
        Gives a participant's rows of series.tsv with files of their own.
    shared
        Kind → path below the demo's files, of a table that serves all who have the share.
    files
        Writes a participant's files into a folder, by the seed.
    texts
        Gives further text files of those who have it, by their paths below the demo's files.
    around_ct
        Turns a participant's CT and its label map into those with what lies beside the body.
    """

    name: str
    numbers: range
    truth: Callable[[DemoParticipant], Iterable[TruthRow]]
    config: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    series: Callable[[DemoParticipant], Iterable[SeriesRow]] = _no_series
    shared: Sequence[tuple[str, str]] = ()
    files: Callable[[Path, DemoParticipant, int], None] = no_files
    texts: Callable[[Sequence[DemoParticipant]], Mapping[str, str]] = no_texts
    around_ct: AroundCt | None = None

    def of(self, cohort: Iterable[DemoParticipant]) -> list[DemoParticipant]:
        """Return those of a cohort who have it."""
        return [
            participant
            for participant in cohort
            if participant.number in self.numbers and not participant.is_excluded
        ]


def shares_in(shares: Iterable[Share], cohort: Sequence[DemoParticipant]) -> list[Share]:
    """Return the shares that anybody of a cohort has."""
    return [share for share in shares if share.of(cohort)]
