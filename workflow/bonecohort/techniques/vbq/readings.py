"""Scores read elsewhere: the rows of ``vbq_table``, per participant."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from bonecohort.cohort.readings_rows import (
    exclude_faults,
    only_reader,
    read_twice,
    readings_files,
)
from bonecohort.cohort.readings_tables import ReadingsTables
from bonecohort.faults import DataFault
from bonecohort.measures.measurement import Measurement
from bonecohort.study.series import MEAN_OF_READERS
from bonecohort.techniques.vbq.methods import MODALITY, NUMBER, TABLE, VBQ_LEVEL
from bonecohort.techniques.vbq.table import COLUMNS, read_vbq_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bonecohort.annotations.tables.rows import RowFault
    from bonecohort.cohort.collected import Collected
    from bonecohort.study.settings import Settings
    from bonecohort.study.study import Study
    from bonecohort.techniques.vbq.table import VbqReading

KIND = "vbq_table"


def files_of_study(study: Study, folder: Path) -> ReadingsTables:
    """Return the tables of a study, none of them read yet."""
    return ReadingsTables(folder, COLUMNS, study.participants)


def words_of_strangers(_: Settings) -> str:
    """Return what rows without a participant mean for the participants' readings: nothing."""
    return ""


def add_readings(
    study: Study, participant_id: str, tables: ReadingsTables, into: Collected
) -> None:
    """Add one participant's scores; raises DataFault where nothing of a table can be used."""
    readings: list[VbqReading] = []
    faults: list[RowFault] = []
    read_in: dict[tuple[str, str], str] = {}
    near: list[str] = []
    for path, listed in readings_files(study, participant_id, KIND).items():
        table, rows = tables.rows(path, participant_id)
        near += [row.sentence(path) for row in tables.near_rows(path, participant_id)]
        result, wrong = read_vbq_rows(table, rows, only_reader(listed))
        readings += result
        faults += wrong
        for vbq_reading in result:
            first = read_in.setdefault((vbq_reading.level, vbq_reading.reader), path)
            if first != path:
                faults.append(read_twice(vbq_reading.level, vbq_reading, first, path))
    if not readings and not faults:
        paths = ", ".join(row.path for row in study.series_of(participant_id, KIND))
        raise DataFault(" ".join([f"{paths}: no row of {participant_id}.", *near]))
    spoilt = exclude_faults(study, participant_id, "vbq", faults, into)
    for level in study.settings.levels:
        own = [reading for reading in readings if reading.level == level]
        if own and level not in spoilt:
            into.add(participant_id, rows_of(level, own))


def rows_of(level: str, readings: Sequence[VbqReading]) -> list[Measurement]:
    """Return the rows of one vertebra: each reader's and, of several, their mean."""
    scores = {vbq_reading.reader: vbq_reading.score for vbq_reading in readings}
    if len(scores) > 1:
        scores[MEAN_OF_READERS] = fmean(scores.values())
    return [
        Measurement(level, MODALITY, VBQ_LEVEL, score, NUMBER, TABLE, reader)
        for reader, score in scores.items()
    ]
