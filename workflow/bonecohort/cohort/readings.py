"""Readings taken elsewhere: the rows of ``hu_table`` and ``endplate_table``, per participant."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations import endplate_table, hu_table
from bonecohort.annotations.endplate_reading import NOT_READ, EndplateReading, with_unlisted
from bonecohort.annotations.table_rows import check_columns
from bonecohort.cohort.collected import Collected, Flag, Stage
from bonecohort.faults import DataFault
from bonecohort.measures.endplates import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.measures.vertebra_hu import table_measurements
from bonecohort.study.sources import endplate_source, hu_source
from bonecohort.study.tables import Row, Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bonecohort.annotations.hu_table import HuReading
    from bonecohort.annotations.table_rows import RowFault
    from bonecohort.study.study import Study

TABLE_METHOD = "caliper.table"
"""Method of endplate sizes read elsewhere and typed into a table."""


@dataclass
class ReadingsTables:
    """The readings tables of a study, each file read once and its rows found by participant."""

    folder: Path
    required: Sequence[str]
    _tables: dict[str, tuple[Table, dict[str, list[Row]]] | str] = field(default_factory=dict)

    def rows(self, path: str, participant_id: str) -> tuple[Table, list[Row]]:
        """Return a file's table and one participant's rows; raises DataFault when unreadable."""
        if path not in self._tables:
            self._tables[path] = self._read(path)
        found = self._tables[path]
        if isinstance(found, str):
            raise DataFault(found)
        table, by_participant = found
        same_but_case = [
            name
            for name in by_participant
            if name != participant_id and name.lower() == participant_id.lower()
        ]
        if same_but_case:
            raise DataFault(
                f"{path}: rows of {same_but_case[0]!r} differ from {participant_id} in case only; "
                "write the ID as in the participants table."
            )
        return table, by_participant.get(participant_id, [])

    def strangers(self, known: Iterable[str]) -> list[str]:
        """Return a note for every ID the tables hold and the participants table does not."""
        lower = {name.lower() for name in known}
        return [
            f"{path}: {len(rows)} row{'s' if len(rows) != 1 else ''} of {name!r}, who is not in "
            "the participants table, were not used."
            for path, found in self._tables.items()
            if not isinstance(found, str)
            for name, rows in found[1].items()
            if name.lower() not in lower
        ]

    def _read(self, path: str) -> tuple[Table, dict[str, list[Row]]] | str:
        try:
            table = read_table(self.folder / path)
            table = Table(Path(path), table.columns, table.rows)
            check_columns(table, self.required)
        except DataFault as fault:
            return fault.reason.replace(str(self.folder / path), path)
        by_participant: dict[str, list[Row]] = {}
        for row in table.rows:
            by_participant.setdefault(row.get("participant_id"), []).append(row)
        return table, by_participant


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
    for source in study.series_of(participant_id, "hu_table"):
        table, rows = tables.rows(source.path, participant_id)
        found, wrong = hu_table.read_hu_rows(table, rows, source.reader)
        readings += found
        faults += wrong
    if not readings and not faults:
        paths = ", ".join(row.path for row in study.series_of(participant_id, "hu_table"))
        raise DataFault(f"{paths}: no row of {participant_id}.")
    spoilt = _exclude_faults(participant_id, "hounsfield", faults, into)
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
    for source in study.series_of(participant_id, "endplate_table"):
        table, rows = tables.rows(source.path, participant_id)
        found, wrong = endplate_table.read_endplate_rows(table, rows, source.reader)
        readings += found
        faults += wrong
        readers += [reading.reader for reading in found] or [source.reader]
    unplaced = [fault for fault in faults if fault.level is None]
    if unplaced:
        # A defect at an unknown level would make some vertebra look normal.
        raise DataFault(" ".join(fault.reason for fault in unplaced))
    spoilt = _exclude_faults(participant_id, "endplates", faults, into)
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


def _exclude_faults(
    participant_id: str, stage: Stage, faults: Iterable[RowFault], into: Collected
) -> set[str]:
    """Add an exclusion for every faulty row; return the levels they spoil."""
    spoilt: set[str] = set()
    for fault in faults:
        into.exclude(participant_id, fault.level or "", stage, fault.reason)
        if fault.level:
            spoilt.add(fault.level)
    return spoilt
