"""A study: its settings, its participants and the files that belong to each, checked once.

One message names every problem of the study's own files. What is wrong with the files a row points
at is that participant's fault, found later by the job that reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from bonecohort.faults import StudyFault
from bonecohort.study.analyses import has_preset
from bonecohort.study.analyses_checks import (
    settings_warnings,
    unmeasured_faults,
    values_faults,
)
from bonecohort.study.at_work import stages_at_work
from bonecohort.study.config import CONFIG_PATH, check_settings, merge, read_config
from bonecohort.study.exclusions import LeftOut, check_exclusions
from bonecohort.study.formulae import formula_faults, formula_warnings
from bonecohort.study.found_tables import with_found_tables
from bonecohort.study.headings import heading_notes, heading_problems, under_declared_names
from bonecohort.study.participants import (
    Participant,
    ReadParticipants,
    check_participants,
    rows_words,
)
from bonecohort.study.paths import path_meant
from bonecohort.study.place_rows import OfPlace, Places
from bonecohort.study.series import Series, check_series, default_sites
from bonecohort.study.study_tables import StudyTables
from bonecohort.study.verdicts import Verdict, check_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from bonecohort.study.cells import Table
    from bonecohort.study.settings import Settings
    from bonecohort.techniques.declare import Technique
    from bonecohort.techniques.registry import OwnStage


Row = TypeVar("Row", Series, LeftOut, Verdict)
PART = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")


@dataclass(frozen=True)
class Study:
    """Everything the study's own files say.

    ``missing_variables`` are declared variables without a column in the participants table.
    ``warnings`` name what weakens the models and already shows in the participants table. ``notes``
    say how the tables were read where that is not plain, and what of them is kept out.
    ``exclusions`` are the rows of the table at ``exclusions_path``, where there is one, and
    ``verdicts`` those of the table at ``review_path``.
    """

    settings: Settings
    participants: dict[str, Participant]
    series: tuple[Series, ...]
    missing_variables: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()
    exclusions: tuple[LeftOut, ...] = ()
    exclusions_path: str | None = None
    verdicts: tuple[Verdict, ...] = ()
    review_path: str | None = None

    @property
    def included(self) -> tuple[str, ...]:
        """IDs of the participants to be measured, in the table's order."""
        return tuple(name for name, who in self.participants.items() if who.include)

    @cached_property
    def kinds_together(self) -> frozenset[frozenset[str]]:
        """Kinds of which one included participant has files: a set for each who has others."""
        return frozenset(self.kinds_of(name) for name in self.included)

    def part(self, wanted: str) -> Study:
        """Return the study of some of its included participants: '2/5' is the second of five parts.

        Raises
        ------
        StudyFault
            When there is no such part.
        """
        numbers = PART.fullmatch(wanted)
        at, of = map(int, numbers.groups()) if numbers else (1, 0)
        if at > of:
            message = f"part={wanted}: write the second of five parts of the study as part=2/5."
            raise StudyFault([message])
        count = len(self.included)
        names = self.included[(at - 1) * count // of : at * count // of]
        return replace(self, participants={name: self.participants[name] for name in names})

    def series_of(self, participant_id: str, kind: str | None = None) -> tuple[Series, ...]:
        """Return a participant's series rows, of one kind or of all."""
        rows = self._series_by_participant.get(participant_id, ())
        return tuple(row for row in rows if kind in (None, row.kind))

    def kinds_of(self, participant_id: str) -> frozenset[str]:
        """Return the kinds of which a participant has files."""
        return self._kinds_by_participant.get(participant_id, frozenset())

    def stages_of(self, participant_id: str) -> Mapping[str, OwnStage]:
        """Return the stages that a participant has, by their rules, in the order of the work."""
        kinds = self.kinds_of(participant_id)
        if kinds not in self._stages_by_kinds:
            self._stages_by_kinds[kinds] = stages_at_work(self.settings, kinds)
        return self._stages_by_kinds[kinds]

    def sites_of(self, participant_id: str, technique: Technique) -> tuple[str, ...]:
        """Return where a technique measures a participant."""
        if technique.sites.names:
            return technique.sites.names
        if not technique.sites.from_files:
            return self.settings.levels
        named = self._sites_of_files(participant_id, technique)
        return tuple(dict.fromkeys([*named, *self._levels_of(participant_id, technique)]))

    def stage_sites(self, participant_id: str, own: OwnStage) -> tuple[str, ...]:
        """Return the sites of a stage; of one that is done once, all of its technique."""
        if own.stage.per == "level":
            return self._levels_of(participant_id, own.technique)
        if own.stage.per == "site" and own.technique.sites.from_files:
            return self._sites_of_files(participant_id, own.technique)
        return self.sites_of(participant_id, own.technique)

    def _sites_of_files(self, participant_id: str, technique: Technique) -> tuple[str, ...]:
        """Return the sites that a participant's rows of a technique's kinds name."""
        own = {kind.name for kind in technique.kinds if kind.by_site}
        rows = self.series_of(participant_id)
        return tuple(dict.fromkeys(row.site for row in rows if row.kind in own))

    def _levels_of(self, participant_id: str, technique: Technique) -> tuple[str, ...]:
        """Return the levels that a technique measures beside the sites that rows name."""
        levels = technique.sites.levels
        has = self.kinds_of(participant_id)
        by_level = [stage for stage in technique.stages if stage.per == "level"]
        if levels is None or not any(stage.when(has, self.settings) for stage in by_level):
            return ()
        return tuple(level for level in self.settings.levels if level in levels(self.settings))

    def exclusions_of(self, participant_id: str) -> tuple[LeftOut, ...]:
        """Return a participant's rows of the table of exclusions, the most exact first."""
        return self._exclusions_by_participant.get(participant_id, ())

    def verdicts_of(self, participant_id: str) -> tuple[Verdict, ...]:
        """Return the verdicts on a participant's measurements, the most exact first."""
        return self._verdicts_by_participant.get(participant_id, ())

    @cached_property
    def _series_by_participant(self) -> dict[str, tuple[Series, ...]]:
        return _by_participant(self.series)

    @cached_property
    def _kinds_by_participant(self) -> dict[str, frozenset[str]]:
        return {
            name: frozenset(row.kind for row in rows)
            for name, rows in self._series_by_participant.items()
        }

    @cached_property
    def _stages_by_kinds(self) -> dict[frozenset[str], Mapping[str, OwnStage]]:
        """Those asked for so far: many participants have files of the same few kinds."""
        return {}

    @cached_property
    def _exclusions_by_participant(self) -> dict[str, tuple[LeftOut, ...]]:
        return _by_participant(_most_exact_first(self.exclusions))

    @cached_property
    def _verdicts_by_participant(self) -> dict[str, tuple[Verdict, ...]]:
        return _by_participant(_most_exact_first(self.verdicts))


def _by_participant(rows: Iterable[Row]) -> dict[str, tuple[Row, ...]]:
    gathered: dict[str, list[Row]] = {}
    for row in rows:
        gathered.setdefault(row.participant_id, []).append(row)
    return {name: tuple(own) for name, own in gathered.items()}


def _most_exact_first(rows: Iterable[OfPlace]) -> list[OfPlace]:
    return sorted(rows, key=lambda row: row.exactness, reverse=True)


def load_study(folder: Path, overrides: Mapping[str, Any] | None = None) -> Study:
    """Read and check a study's config and tables.

    Parameters
    ----------
    folder
        The study folder; relative paths in the config and the tables are relative to it.
    overrides
        Settings laid over ``config.yaml``, as given on the command line.

    Raises
    ------
    StudyFault
        With every problem found in the config and the tables.
    """
    content, problems = read_config(folder / CONFIG_PATH)
    settings, faults = settings_meant(folder, merge(content, overrides or {}))
    tables = StudyTables(folder, [*problems, *faults])
    read, series = _participants_and_series(tables, settings)
    study = Study(settings, read.participants, series, read.missing, ())
    # Where not all of the study could be read, sites are not compared.
    places = Places(read.participants, None if tables.problems else study.sites_of)
    exclusions_path, exclusions = tables.of_places(
        "exclusions", settings.exclusions, check_exclusions, places
    )
    review_path, verdicts = tables.of_places("review", settings.review, check_verdicts, places)
    if tables.problems:
        raise StudyFault(tables.problems)
    meant = tuple(_meant(folder, row) for row in series)
    return replace(
        study,
        series=meant,
        warnings=tuple(_warnings(study, meant, read)),
        notes=(*tables.notes, *read.notes),
        exclusions=exclusions,
        exclusions_path=exclusions_path,
        verdicts=verdicts,
        review_path=review_path,
    )


def _participants_and_series(
    tables: StudyTables, settings: Settings
) -> tuple[ReadParticipants, tuple[Series, ...]]:
    """Read the participants and their files, as they are written, and add what is wrong."""
    needs_files = has_preset(settings.analyses)  # else the participants table may be enough
    has_series = needs_files or (tables.folder / settings.series).exists()
    of_people = tables.read(settings.participants, "participants")
    of_files = tables.read(settings.series, "series") if has_series else None
    read = _participants(of_people, settings) if of_people else ReadParticipants()
    tables.problems += read.problems
    if of_people and not read.problems:  # a value that cannot be read is not one that is missing
        tables.problems += _unfit_values(settings, read)
    series: tuple[Series, ...] = ()
    faults: list[str] = []
    if of_files:
        series, faults = check_series(
            of_files, read.participants or None, default_sites(settings), everybody=needs_files
        )
    tables.problems += faults
    are_read = of_people and (of_files or not has_series)
    if are_read and not (read.problems or faults):
        kinds = Study(settings, read.participants, series, read.missing, ()).kinds_together
        tables.problems += _of_config(unmeasured_faults(settings, kinds))
    return read, series


def _unfit_values(settings: Settings, read: ReadParticipants) -> Iterator[str]:
    """Yield what the settings ask for and the participants do not have."""
    yield from _of_config(values_faults(settings, read.participants, read.missing))
    if has_preset(settings.analyses):
        yield from _of_config(formula_faults(settings, read.participants, read.missing))


def _of_config(faults: Iterable[str]) -> Iterator[str]:
    return (f"{CONFIG_PATH}: {text}" for text in faults)


def _warnings(written: Study, meant: tuple[Series, ...], read: ReadParticipants) -> Iterator[str]:
    """Yield what weakens a study, whose series are as they are written, and as they are meant."""
    settings = written.settings
    yield from _other_spellings(settings.series, written.series, meant)
    yield from read.warnings
    yield from settings_warnings(settings)
    if has_preset(settings.analyses):
        yield from formula_warnings(settings, read.participants)


def _participants(table: Table, settings: Settings) -> ReadParticipants:
    """Return the participants of a table, and what is wrong with its headings and cells."""
    table, problems = under_declared_names(table, settings)
    read = check_participants(table, settings)
    read.problems = [*problems, *heading_problems(table, settings, read.missing), *read.problems]
    read.notes = [*heading_notes(table, settings), *read.notes]
    return read


def _meant(folder: Path, row: Series) -> Series:
    path = path_meant(folder, row.path)
    return row if path == row.path else replace(row, path=path)


def _other_spellings(
    table: str, written: tuple[Series, ...], meant: tuple[Series, ...]
) -> Iterator[str]:
    differing = (
        row.row_number for row, read in zip(written, meant, strict=True) if row.path != read.path
    )
    rows = list(dict.fromkeys(differing))  # a row may be of everybody
    if rows:
        yield (
            f"{table}, {rows_words(rows)}: the path does not exist as "
            "written; read was the one that differs in quotes, in \\ for / or in how its letters "
            "are encoded."
        )


def settings_meant(folder: Path, content: Mapping[str, Any]) -> tuple[Settings, list[str]]:
    """Return the settings that a config gives, and every problem in it.

    The paths of their tables are as they are on the disk. A table that the config does not name has
    the path of the file that is there.
    """
    settings, faults = check_settings(content, CONFIG_PATH)
    settings, more = with_found_tables(folder, settings, content)
    return replace(
        settings,
        participants=path_meant(folder, settings.participants),
        series=path_meant(folder, settings.series),
        truth=path_meant(folder, settings.truth) if settings.truth else None,
        exclusions=path_meant(folder, settings.exclusions) if settings.exclusions else None,
        review=path_meant(folder, settings.review) if settings.review else None,
    ), [*faults, *more]
