"""HU read elsewhere: the rows of ``hu_table``, per participant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.readings_rows import (
    exclude_faults,
    only_reader,
    read_twice,
    readings_files,
)
from bonecohort.cohort.readings_tables import ReadingsTables
from bonecohort.faults import DataFault
from bonecohort.techniques.hounsfield import table as hu_table
from bonecohort.techniques.hounsfield.vertebra_hu import table_measurements

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.annotations.tables.rows import RowFault
    from bonecohort.cohort.collected import Collected
    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study
    from bonecohort.techniques.hounsfield.table import HuReading

COLUMNS = hu_table.COLUMNS
WIDE = hu_table.WIDE


def files_of_study(study: Study, folder: Path) -> ReadingsTables:
    """Return the tables of a study, none of them read yet."""
    return ReadingsTables(folder, COLUMNS, study.participants, WIDE)


def words_of_strangers(_: Settings) -> str:
    """Return what rows without a participant mean for the participants' readings: nothing."""
    return ""


def add_readings(
    study: Study, participant_id: str, tables: ReadingsTables, into: Collected
) -> None:
    """Add one participant's HU; raises DataFault where nothing of a table can be used."""
    readings: list[HuReading] = []
    faults: list[RowFault] = []
    read_in: dict[tuple[str, str, str], str] = {}
    near: list[str] = []
    for path, listed in readings_files(study, participant_id, "hu_table").items():
        table, rows = tables.rows(path, participant_id)
        near += [row.sentence(path) for row in tables.near_rows(path, participant_id)]
        result, wrong = hu_table.read_hu_rows(table, rows, only_reader(listed))
        readings += result
        faults += wrong
        for one in result:
            first = read_in.setdefault((one.level, one.plane, one.reader), path)
            if first != path:
                faults.append(read_twice(f"{one.level} {one.plane}", one, first, path))
    if not readings and not faults:
        paths = ", ".join(row.path for row in study.series_of(participant_id, "hu_table"))
        raise DataFault(" ".join([f"{paths}: no row of {participant_id}.", *near]))
    spoilt = exclude_faults(study, participant_id, "hounsfield", faults, into)
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
