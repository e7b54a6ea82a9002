"""Readings taken elsewhere: the rows of ``hu_table`` and ``endplate_table``, per participant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations import endplate_table, hu_table
from bonecohort.annotations.endplate_reading import NOT_READ, EndplateReading, with_unlisted
from bonecohort.annotations.table_headers import standard_table
from bonecohort.annotations.table_rows import RowFault, check_columns
from bonecohort.cohort.collected import Collected, Flag, Stage
from bonecohort.faults import DataFault
from bonecohort.measures.endplates import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.measures.vertebra_hu import table_measurements
from bonecohort.study.series import MEAN_OF_READERS, counting
from bonecohort.study.sources import endplate_source, hu_source
from bonecohort.study.tables import Row, Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.annotations.hu_table import HuReading
    from bonecohort.study.study import Study

TABLE_METHOD = "caliper.table"
"""Method of endplate sizes read elsewhere and typed into a table."""


@dataclass(frozen=True)
class ReadingsTable:
    """One readings table, its rows found by participant whatever the case of the ID."""

    table: Table
    by_lower_id: dict[str, list[Row]]

    def rows_of(self, participant_id: str) -> list[Row]:
        """Return one participant's rows; raises DataFault for an ID that differs in case."""
        rows = self.by_lower_id.get(participant_id.lower(), [])
        for row in rows:
            if row.get("participant_id") != participant_id:
                raise DataFault(
                    f"{self.table.path}: rows of {row.get('participant_id')!r} differ from "
                    f"{participant_id} in case only; write the ID as in the participants table."
                )
        return rows


@dataclass
class ReadingsTables:
    """The readings tables of a study, each file read once."""

    folder: Path
    required: Sequence[str]
    _read_or_reason: dict[str, ReadingsTable | str] = field(default_factory=dict)

    def rows(self, path: str, participant_id: str) -> tuple[Table, list[Row]]:
        """Return a file's table and one participant's rows; raises DataFault when unreadable."""
        if path not in self._read_or_reason:
            self._read_or_reason[path] = self._read(path)
        found = self._read_or_reason[path]
        if isinstance(found, str):
            raise DataFault(found)
        return found.table, found.rows_of(participant_id)

    def strangers(self, known: Iterable[str]) -> list[str]:
        """Return a note for every ID the tables hold and the participants table does not."""
        lower = {name.lower() for name in known}
        return [
            f"{path}: {len(rows)} row{'s' if len(rows) != 1 else ''} of "
            f"{rows[0].get('participant_id')!r}, who is not in the participants table, were not "
            "used."
            for path, found in self._read_or_reason.items()
            if not isinstance(found, str)
            for name, rows in found.by_lower_id.items()
            if name not in lower
        ]

    def _read(self, path: str) -> ReadingsTable | str:
        try:
            table = read_table(self.folder / path)
            rows = tuple(
                replace(row, fault=row.fault.replace(str(self.folder / path), path))
                for row in table.rows
            )
            table = standard_table(Table(Path(path), table.columns, rows), self.required)
            check_columns(table, self.required)
        except DataFault as fault:
            return fault.reason.replace(str(self.folder / path), path)
        by_lower_id: dict[str, list[Row]] = {}
        above = ""
        for row in table.rows:
            found = row if row.get("participant_id") else _of_nobody(table, row, above)
            above = found.get("participant_id")
            by_lower_id.setdefault(above.lower(), []).append(found)
        return ReadingsTable(table, by_lower_id)


def _of_nobody(table: Table, row: Row, above: str) -> Row:
    """Return a row without an ID as a faulty one of the participant above.

    Whose it is cannot be known: left out, a defect in it would make a vertebra look normal.
    """
    fault = (
        f"{table.path}, row {row.number}, {row.header('participant_id')}: blank, below {above}; "
        "write the ID on every row (only a merged cell of an Excel table tells it of several)."
    )
    return replace(row, cells=row.cells | {"participant_id": above}, fault=fault)


def collect_readings(study: Study, folder: Path, into: Collected) -> None:
    """Add the rows of every participant whose HU or endplates come from a table."""
    hu_tables = ReadingsTables(folder, hu_table.COLUMNS)
    endplate_tables = ReadingsTables(folder, endplate_table.COLUMNS)
    for participant_id in study.included:
        if hu_source(study, participant_id) == "hu_table":
            try:
                _add_hu(study, participant_id, hu_tables, into)
            except DataFault as fault:
                into.exclude(participant_id, "", "hounsfield", fault.reason)
        if endplate_source(study, participant_id) == "endplate_table":
            try:
                _add_endplates(study, participant_id, endplate_tables, into)
            except DataFault as fault:
                into.exclude(participant_id, "", "endplates", fault.reason)
    for tables in (hu_tables, endplate_tables):
        into.notes.extend(tables.strangers(study.participants))


def _add_hu(study: Study, participant_id: str, tables: ReadingsTables, into: Collected) -> None:
    readings: list[HuReading] = []
    faults: list[RowFault] = []
    told_in: dict[tuple[str, str, str], str] = {}
    for path, listed in _files(study, participant_id, "hu_table").items():
        table, rows = tables.rows(path, participant_id)
        found, wrong = hu_table.read_hu_rows(table, rows, _only(listed))
        readings += found
        faults += wrong
        for one in found:
            first = told_in.setdefault((one.level, one.plane, one.reader), path)
            if first != path:
                faults.append(_told_twice(f"{one.level} {one.plane}", one, first, path))
    if not readings and not faults:
        paths = ", ".join(row.path for row in study.series_of(participant_id, "hu_table"))
        raise DataFault(f"{paths}: no row of {participant_id}.")
    spoilt = _exclude_faults(study, participant_id, "hounsfield", faults, into)
    for level in study.settings.levels:
        own = [reading for reading in readings if reading.level == level]
        if level in spoilt:
            continue
        if not own:
            into.exclude(participant_id, level, "hounsfield", f"{level}: no HU reading.")
            continue
        try:
            into.add(participant_id, table_measurements(level, own))
        except DataFault as fault:
            into.exclude(participant_id, level, "hounsfield", fault.reason)


def _add_endplates(
    study: Study, participant_id: str, tables: ReadingsTables, into: Collected
) -> None:
    readings: list[EndplateReading] = []
    faults: list[RowFault] = []
    readers: list[str] = []
    told_in: dict[tuple[str, str], str] = {}
    for path, listed in _files(study, participant_id, "endplate_table").items():
        table, rows = tables.rows(path, participant_id)
        found, wrong = endplate_table.read_endplate_rows(table, rows, _only(listed))
        readings += found
        faults += wrong
        readers += _readers(listed, rows)
        for one in found:
            first = told_in.setdefault((one.level, one.reader), path)
            if first != path:
                faults.append(_told_twice(one.level, one, first, path))
    unplaced = [fault for fault in faults if fault.level is None]
    if unplaced:
        # A defect at an unknown level would make some vertebra look normal.
        raise DataFault(" ".join(fault.reason for fault in unplaced))
    spoilt = _exclude_faults(study, participant_id, "endplates", faults, into)
    normal_if_unlisted = study.settings.endplates.unlisted_level == "normal"
    for level in study.settings.levels:
        if level in spoilt:
            continue
        own = with_unlisted(
            level, [row for row in readings if row.level == level], readers, normal_if_unlisted
        )
        try:
            _add_vertebra(participant_id, level, own, into)
        except DataFault as fault:
            into.exclude(participant_id, level, "endplates", fault.reason)


def _add_vertebra(
    participant_id: str, level: str, readings: Sequence[EndplateReading], into: Collected
) -> None:
    if not readings:
        raise DataFault(NOT_READ.format(level=level))
    vertebra = assess_vertebra(readings)
    into.add(participant_id, endplate_measurements(vertebra, TABLE_METHOD))
    into.add(participant_id, reader_measurements(readings, TABLE_METHOD))
    into.flags.extend(Flag(participant_id, level, "endplates", text) for text in vertebra.flags)
    if vertebra.defect_type == "not_assessable":
        into.exclude(participant_id, level, "endplates", f"{level}: read as not assessable.")


def _files(study: Study, participant_id: str, kind: str) -> dict[str, list[str]]:
    """Return a participant's readings files, each once, with the readers it is listed for."""
    files: dict[str, list[str]] = {}
    for row in study.series_of(participant_id, kind):
        readers = files.setdefault(row.path, [])
        readers += [] if row.reader in readers else [row.reader]
    return files


def _only(listed: Sequence[str]) -> str:
    """Return the reader of a file's rows that name none; empty when it has several."""
    return listed[0] if len(listed) == 1 else ""


def _readers(listed: Sequence[str], rows: Iterable[Row]) -> list[str]:
    """Return who read a participant in one file, the first reader first.

    Readers listed for the file have read also what they wrote no row of. Where the rows alone
    name them they are sorted: the first row's reader may differ from participant to participant.
    """
    named = {row.get("reader") for row in rows if row.get("reader").lower() != MEAN_OF_READERS}
    ordered = sorted(named - {""}, key=counting)
    if len(listed) > 1:
        return [*listed, *ordered]
    return ordered or list(listed)


def _told_twice(
    what: str, reading: HuReading | EndplateReading, first: str, second: str
) -> RowFault:
    return RowFault(
        reading.level,
        f"{second}: {what} of reader {reading.reader} stands also in {first}; one is expected.",
    )


def _exclude_faults(
    study: Study, participant_id: str, stage: Stage, faults: Iterable[RowFault], into: Collected
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
