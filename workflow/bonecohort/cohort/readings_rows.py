"""What reading a participant's rows of tables begins with: whose files, read by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bonecohort.annotations.tables.rows import RowFault
from bonecohort.study.series import MEAN_OF_READERS, counting

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.cohort.collected import Collected
    from bonecohort.study.cells import Row
    from bonecohort.study.study import Study


class Reading(Protocol):
    """What a row says of a level."""

    @property
    def level(self) -> str:
        """The level."""
        ...

    @property
    def reader(self) -> str:
        """Who read it."""
        ...


def readings_files(study: Study, participant_id: str, kind: str) -> dict[str, list[str]]:
    """Return a participant's readings files, each once, with the readers it is listed for."""
    files: dict[str, list[str]] = {}
    for row in study.series_of(participant_id, kind):
        readers = files.setdefault(row.path, [])
        readers += [] if row.reader in readers else [row.reader]
    return files


def only_reader(listed: Sequence[str]) -> str:
    """Return the reader of a file's rows that name none; empty when it has several."""
    return listed[0] if len(listed) == 1 else ""


def readers_of(listed: Sequence[str], rows: Iterable[Row]) -> list[str]:
    """Return who read a participant in one file, the first reader first.

    Readers listed for the file have read also what they wrote no row of. Where the rows alone
    name them they are sorted: the first row's reader may differ from participant to participant.
    """
    named = {row.get("reader") for row in rows if row.get("reader").lower() != MEAN_OF_READERS}
    ordered = sorted(named - {""}, key=counting)
    if len(listed) > 1:
        return [*listed, *ordered]
    return ordered or list(listed)


def read_twice(what: str, reading: Reading, first: str, second: str) -> RowFault:
    """Return the fault of a reading that stands in two files."""
    return RowFault(
        reading.level,
        f"{second}: {what} of reader {reading.reader} stands also in {first}; one is expected.",
    )


def exclude_faults(
    study: Study, participant_id: str, stage: str, faults: Iterable[RowFault], into: Collected
) -> set[str]:
    """Add an exclusion for every faulty row of the study's levels; return the levels they spoil."""
    spoilt: set[str] = set()
    for fault in faults:
        if fault.level and fault.level not in study.settings.levels:
            continue
        into.exclude(participant_id, fault.level or "", stage, fault.reason)
        if fault.level:
            spoilt.add(fault.level)
    return spoilt
