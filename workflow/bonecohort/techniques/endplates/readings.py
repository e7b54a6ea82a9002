"""Endplate defects read elsewhere: the rows of ``endplate_table``, per participant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.collected import Collected, Flag
from bonecohort.cohort.readings_rows import (
    exclude_faults,
    only_reader,
    read_twice,
    readers_of,
    readings_files,
)
from bonecohort.cohort.readings_tables import Doubts, ReadingsTables
from bonecohort.faults import DataFault
from bonecohort.techniques.endplates import table as endplate_table
from bonecohort.techniques.endplates.defects import (
    assess_vertebra,
    endplate_measurements,
    reader_measurements,
)
from bonecohort.techniques.endplates.reading import NOT_READ, EndplateReading, with_unlisted
from bonecohort.techniques.endplates.settings import EndplateSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.annotations.tables.rows import RowFault
    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study

COLUMNS = endplate_table.COLUMNS
WIDE = None
TABLE_METHOD = "caliper.table"
"""Method of endplate sizes read elsewhere and typed into a table."""
UNLISTED = " Levels without a row of their own are not taken as normal: an ID may be misspelt."


def files_of_study(study: Study, folder: Path) -> ReadingsTables:
    """Return the tables of a study, none of them read yet."""
    return ReadingsTables(folder, COLUMNS, study.participants, WIDE)


def words_of_strangers(settings: Settings) -> str:
    """Return what rows without a participant mean for the participants' readings."""
    return UNLISTED if settings.of(EndplateSettings).unlisted_level == "normal" else ""


def add_readings(
    study: Study, participant_id: str, tables: ReadingsTables, into: Collected
) -> None:
    """Add one participant's endplates; raises DataFault where nothing of a table can be used."""
    readings: list[EndplateReading] = []
    faults: list[RowFault] = []
    readers: list[str] = []
    doubts = Doubts()
    read_in: dict[tuple[str, str], str] = {}
    for path, listed in readings_files(study, participant_id, "endplate_table").items():
        table, rows = tables.rows(path, participant_id)
        result, wrong = endplate_table.read_endplate_rows(table, rows, only_reader(listed))
        readings += result
        faults += wrong
        of_file = readers_of(listed, rows)
        readers += of_file
        doubts.add(path, of_file, tables, participant_id)
        for one in result:
            first = read_in.setdefault((one.level, one.reader), path)
            if first != path:
                faults.append(read_twice(one.level, one, first, path))
    unplaced = [fault for fault in faults if fault.level is None]
    if unplaced:
        # A defect at an unknown level would make some vertebra look normal.
        raise DataFault(" ".join(fault.reason for fault in unplaced))
    if doubts.reasons and not readings and not faults:
        raise DataFault(doubts.why_unread())
    spoilt = exclude_faults(study, participant_id, "endplates", faults, into)
    as_normal = study.settings.of(EndplateSettings).unlisted_level == "normal"
    for level in study.settings.levels:
        if level in spoilt:
            continue
        own = [reading for reading in readings if reading.level == level]
        if text := doubts.flag(level, is_read=bool(own)):
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
