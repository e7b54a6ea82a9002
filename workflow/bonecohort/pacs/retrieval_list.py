"""The table of studies to fetch: what each row asks a PACS for.

The table is identifying, so it is kept outside the study; messages name a row only by its number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault, StudyFault
from bonecohort.pacs.files import is_uid
from bonecohort.study.config import CONFIG_PATH
from bonecohort.study.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bonecohort.study.cells import Row, Table

KEYWORDS = {
    "patient_id": "PatientID",
    "accession_number": "AccessionNumber",
    "study_instance_uid": "StudyInstanceUID",
}
"""Columns that say which study, and the attribute each is matched with (PS3.4, C.6.2.1)."""
MODALITY = "modality"
MODALITIES = ("CT", "MR", "SEG", "SR")
USUAL_MODALITIES = ("CT", "MR")
MEANT_AS_PATTERN = re.compile(r"[*?\\]")


@dataclass(frozen=True)
class RetrievalRow:
    """One row: its number in the table, attribute keyword → value, and the modalities to fetch."""

    row: int
    keys: Mapping[str, str]
    modalities: tuple[str, ...]


def read_retrieval_list(path: Path, folder: Path) -> tuple[RetrievalRow, ...]:
    """Read and check the table of studies to fetch.

    Parameters
    ----------
    path
        The table: ``patient_id``, ``accession_number`` or ``study_instance_uid``, which must all
        match where several are filled in; optionally ``modality``. Other columns are left alone.
    folder
        Where the images go; the table may not lie in it.

    Raises
    ------
    StudyFault
        With every problem of the table.
    """
    problems = list(_misplaced(path.resolve(), folder.resolve()))
    try:
        table = read_table(path)
    except DataFault as fault:
        raise StudyFault([*problems, fault.reason]) from fault
    problems += _problems(table)
    if problems:
        raise StudyFault(problems)
    return tuple(
        RetrievalRow(row.number, _keys(row), _modalities(row) or USUAL_MODALITIES)
        for row in table.rows
    )


def _misplaced(path: Path, folder: Path) -> Iterator[str]:
    in_study = any((parent / CONFIG_PATH).is_file() for parent in path.parents)
    if in_study or path.is_relative_to(folder):
        where = "a study" if in_study else "the folder the images go to"
        yield (
            f"{path}: this table says who the patients are and lies in {where}; keep it in a "
            "place of its own."
        )


def _problems(table: Table) -> Iterator[str]:
    if not any(column in table.columns for column in KEYWORDS):
        yield f"{table.path}: none of the columns {', '.join(KEYWORDS)} is there; one is needed."
        return
    if not table.rows:
        yield f"{table.path}: lists no study."
    for row in table.rows:
        yield from _row_problems(row, f"{table.path}, row {row.number}")


def _row_problems(row: Row, where: str) -> Iterator[str]:
    if row.fault:
        yield row.fault
    if not _keys(row):
        yield f"{where}: says no study; one of {', '.join(KEYWORDS)} must be filled in."
    for column in KEYWORDS:
        if MEANT_AS_PATTERN.search(row.get(column)):
            yield (
                f"{where}, {column}: holds *, ? or \\, which would ask the PACS for many "
                "patients; the whole value is expected."
            )
    uid = row.get("study_instance_uid")
    if uid and not is_uid(uid):
        yield f"{where}, study_instance_uid: digits and dots are expected, 64 at most."
    for modality in _modalities(row):
        if modality not in MODALITIES:
            yield f"{where}, modality: {modality!r}; {', '.join(MODALITIES)} can be fetched."


def _keys(row: Row) -> dict[str, str]:
    return {keyword: row.get(name) for name, keyword in KEYWORDS.items() if row.get(name)}


def _modalities(row: Row) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\s,;/\\]+", row.get(MODALITY).upper()))
