"""Readings taken elsewhere: the rows of ``hu_table`` and ``endplate_table``, per participant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.annotations import endplate_table, hu_table
from bonecohort.annotations.endplate_reading import NOT_READ, EndplateReading, with_unlisted
from bonecohort.annotations.table_rows import RowFault
from bonecohort.cohort.collected import Collected, Flag, Stage
from bonecohort.cohort.readings_tables import Doubts, ReadingsTables
from bonecohort.faults import DataFault
from bonecohort.measures.endplates import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.measures.vertebra_hu import table_measurements
from bonecohort.study.series import MEAN_OF_READERS, counting
from bonecohort.study.sources import endplate_source, hu_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bonecohort.annotations.hu_table import HuReading
    from bonecohort.study.cells import Row
    from bonecohort.study.study import Study

TABLE_METHOD = "caliper.table"
"""Method of endplate sizes read elsewhere and typed into a table."""
STRANGERS = "{path}: {rows} were not used."
UNLISTED = (
    "{path}: {rows} were not used. Levels without a row of their own are not taken as normal: an "
    "ID may be misspelt."
)


def collect_readings(study: Study, folder: Path, into: Collected) -> None:
    """Add the rows of every participant whose HU or endplates come from a table."""
    hu_tables = ReadingsTables(folder, hu_table.COLUMNS, study.participants)
    endplate_tables = ReadingsTables(folder, endplate_table.COLUMNS, study.participants)
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
    as_normal = study.settings.endplates.unlisted_level == "normal"
    for tables in (hu_tables, endplate_tables):
        doubted = tables is endplate_tables and as_normal
        for path, rows in tables.strangers():
            into.notes.append(
                STRANGERS.format(path=path, rows=rows) + (UNLISTED if doubted else "")
            )


def _add_hu(study: Study, participant_id: str, tables: ReadingsTables, into: Collected) -> None:
    readings: list[HuReading] = []
    faults: list[RowFault] = []
    told_in: dict[tuple[str, str, str], str] = {}
    near: list[str] = []
    for path, listed in _files(study, participant_id, "hu_table").items():
        table, rows = tables.rows(path, participant_id)
        near += [row.sentence(path) for row in tables.near_rows(path, participant_id)]
        found, wrong = hu_table.read_hu_rows(table, rows, _only(listed))
        readings += found
        faults += wrong
        for one in found:
            first = told_in.setdefault((one.level, one.plane, one.reader), path)
            if first != path:
                faults.append(_told_twice(f"{one.level} {one.plane}", one, first, path))
    if not readings and not faults:
        paths = ", ".join(row.path for row in study.series_of(participant_id, "hu_table"))
        raise DataFault(" ".join([f"{paths}: no row of {participant_id}.", *near]))
    spoilt = _exclude_faults(study, participant_id, "hounsfield", faults, into)
    for level in study.settings.levels:
        own = [reading for reading in readings if reading.level == level]
        if level in spoilt:
            continue
        if not own:
            reason = " ".join([f"{level}: no HU reading.", *near])
            into.exclude(participant_id, level, "hounsfield", reason)
            continue
        try:
            into.add(participant_id, table_measurements(level, own))
        except DataFault as fault:
            reason = " ".join([fault.reason, *near])
            into.exclude(participant_id, level, "hounsfield", reason)


def _add_endplates(
    study: Study, participant_id: str, tables: ReadingsTables, into: Collected
) -> None:
    readings: list[EndplateReading] = []
    faults: list[RowFault] = []
    readers: list[str] = []
    doubts = Doubts()
    told_in: dict[tuple[str, str], str] = {}
    for path, listed in _files(study, participant_id, "endplate_table").items():
        table, rows = tables.rows(path, participant_id)
        found, wrong = endplate_table.read_endplate_rows(table, rows, _only(listed))
        readings += found
        faults += wrong
        of_file = _readers(listed, rows)
        readers += of_file
        doubts.add(path, of_file, tables, participant_id)
        for one in found:
            first = told_in.setdefault((one.level, one.reader), path)
            if first != path:
                faults.append(_told_twice(one.level, one, first, path))
    unplaced = [fault for fault in faults if fault.level is None]
    if unplaced:
        # A defect at an unknown level would make some vertebra look normal.
        raise DataFault(" ".join(fault.reason for fault in unplaced))
    if doubts.reasons and not readings and not faults:
        raise DataFault(doubts.why_unread())
    spoilt = _exclude_faults(study, participant_id, "endplates", faults, into)
    as_normal = study.settings.endplates.unlisted_level == "normal"
    for level in study.settings.levels:
        if level in spoilt:
            continue
        own = [reading for reading in readings if reading.level == level]
        if text := doubts.flag(level, is_told=bool(own)):
            into.flags.append(Flag(participant_id, level, "endplates", text))
        own = with_unlisted(level, own, readers, as_normal, doubts.readers)
        try:
            _add_vertebra(participant_id, level, own, doubts, into)
        except DataFault as fault:
            into.exclude(participant_id, level, "endplates", fault.reason)


def _add_vertebra(
    participant_id: str,
    level: str,
    readings: Sequence[EndplateReading],
    doubts: Doubts,
    into: Collected,
) -> None:
    if not readings:
        raise DataFault(doubts.why_unread() or NOT_READ.format(level=level))
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
