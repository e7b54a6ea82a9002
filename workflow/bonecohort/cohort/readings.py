"""Readings taken elsewhere: the rows of the techniques' tables, per participant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bonecohort.faults import DataFault
from bonecohort.study.job_table import readings_of
from bonecohort.techniques.registry import technique_module, techniques

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from bonecohort.cohort.collected import Collected
    from bonecohort.study.study import Study

STRANGERS = "{path}: {rows} were not used."
OTHER_LEVELS = (
    "{path}: {rows} of {others} {were} not used: the study's levels are {levels} (config key "
    "'levels')."
)


class ReadingsFiles(Protocol):
    """The files of a study that hold one technique's readings, each read once."""

    def notes(self) -> Iterator[str]:
        """Yield how files were read where that is not plain."""
        ...

    def strangers(self) -> Iterator[tuple[str, str]]:
        """Yield every file with rows that fit nobody, and how many they are."""
        ...

    def of_other_levels(self, levels: Collection[str]) -> Iterator[tuple[str, int, list[str]]]:
        """Yield every file with rows of levels beyond some, how many, and which."""
        ...


def collect_readings(study: Study, folder: Path, into: Collected) -> None:
    """Add the rows of every participant who has readings that count."""
    with_readings = [one for one in techniques() if one.readings]
    reading = {one: technique_module(one.name, one.readings) for one in with_readings}
    files: dict[str, ReadingsFiles] = {
        one.name: module.files_of_study(study, folder) for one, module in reading.items()
    }
    for participant_id in study.included:
        for technique, module in reading.items():
            if readings_of(study, participant_id, technique):
                try:
                    module.add_readings(study, participant_id, files[technique.name], into)
                except DataFault as fault:
                    into.exclude(participant_id, "", technique.name, fault.reason)
    for technique, module in reading.items():
        into.notes += files[technique.name].notes()
        levels = study.settings.levels
        for path, count, others in files[technique.name].of_other_levels(levels):
            into.notes.append(
                OTHER_LEVELS.format(
                    path=path,
                    rows="1 row" if count == 1 else f"{count} rows",
                    were="was" if count == 1 else "were",
                    others=", ".join(others),
                    levels=", ".join(levels),
                )
            )
        more = module.words_of_strangers(study.settings)
        for path, rows in files[technique.name].strangers():
            into.notes.append(STRANGERS.format(path=path, rows=rows) + more)
