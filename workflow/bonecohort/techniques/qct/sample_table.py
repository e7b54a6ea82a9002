"""Small tables of one participant: the rods of a phantom, or samples of tissues."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.rows import cell_of, number_in, refuse_merged, refuse_misaligned
from bonecohort.faults import DataFault
from bonecohort.study.cells import column_names
from bonecohort.study.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bonecohort.study.cells import Row, Table

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
OF_WHOM = "participant_id"
HEADINGS: Mapping[str, tuple[str, ...]] = {
    OF_WHOM: ("participantid",),
    "rod": ("rod", "rodname", "rodid", "insert", "label"),
    "tissue": ("tissue", "tissuename", "sample", "material"),
    "density": ("density", "rho", "bmd", "mgcm3", "densitymgcm3", "densitymgcc", "densitymgml"),
    "k2hpo4": ("k2hpo4", "k2hpo4mgcc", "k2hpo4mgcm3", "k2hpo4mgml", "rhok2hpo4"),
    "ha": ("ha", "cha", "caha", "hydroxyapatite", "hamgcc", "hamgcm3", "hamgml", "cahamgcm3"),
    "water": ("water", "h2o", "watermgcc", "watermgcm3", "rhowater", "rhoh2o"),
    "hu": ("hu", "meanhu", "humean", "mean", "ctnumber"),
    "sd": ("sd", "sdhu", "husd", "std", "stdhu"),
    "n": ("n", "nvoxels", "voxels", "count"),
    "area": ("area", "areamm2"),
}
"""Meaning of a column → what it may be headed, without case, units in brackets, and signs."""
BRACKETS = re.compile(r"[\[(][^\])]*[\])]")


def is_table(path: Path) -> bool:
    """Whether a file is a table, by its name; otherwise it is a label map."""
    return path.name.lower().endswith(TABLE_SUFFIXES)


def read_sample_table(path: Path, called: str, participant_id: str) -> Table:
    """Read a table whose columns have the names of their meanings.

    Columns of no known meaning are left out. Where there is a column ``participant_id``, only the
    participant's rows are kept.

    Parameters
    ----------
    path
        Of the file.
    called
        What faults call it, as its name may be the participant's: "The table of rods".

    Raises
    ------
    DataFault
        It is no readable table, has two columns of one meaning, or no row of the participant.
    """
    try:
        table = read_table(path)
    except DataFault as fault:
        raise DataFault(fault.reason.replace(str(path), called)) from fault
    table = replace(table, path=Path(called))
    names: dict[str, str] = {}
    for column in table.columns:
        meaning = _meaning(column)
        if meaning in names.values():
            other_name = next(other for other, own in names.items() if own == meaning)
            raise DataFault(
                f"{called}: columns {other_name} and {column} mean the same; one is expected."
            )
        if meaning:
            names[column] = meaning
    rows = tuple(_renamed(row, names) for row in table.rows)
    if OF_WHOM in names.values():
        rows = tuple(row for row in rows if row.get(OF_WHOM) == participant_id)
    if not rows:
        raise DataFault(f"{called} has no row of this participant.")
    for row in rows:
        refuse_misaligned(replace(row, fault=row.fault.replace(str(path), called)))
    return replace(table, columns=tuple(names.values()), rows=rows)


def need_columns(table: Table, *columns: str) -> None:
    """Raise a fault where a table lacks a column."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataFault(
            f"{table.path}: column {' and '.join(missing)} is missing; found are: "
            f"{column_names(table)}."
        )


def number_of(table: Table, row: Row, column: str) -> float:
    """Return a cell's number; a fault when it holds none."""
    refuse_merged(table, row, [column])
    return number_in(table, row, column)


def number_if_given(table: Table, row: Row, column: str) -> float | None:
    """Return a cell's number; None for a blank one or an absent column."""
    return number_of(table, row, column) if row.get(column) else None


def refuse_repeated(table: Table, row: Row, column: str, seen: dict[str, int]) -> str:
    """Return what a row is of; a fault when that is blank or stands in another row, too."""
    name = row.get(column)
    if not name:
        raise DataFault(f"{cell_of(table, row, column)}: blank; a name is expected.")
    if name.lower() in seen:
        raise DataFault(
            f"{cell_of(table, row, column)}: {name} stands also in row {seen[name.lower()]}; one "
            "row each is expected."
        )
    seen[name.lower()] = row.number
    return name


def _meaning(column: str) -> str:
    plain = re.sub(r"[\W_]+", "", BRACKETS.sub(" ", column)).lower()
    return next((name for name, others in HEADINGS.items() if plain in others), "")


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    cells = {names[column]: cell for column, cell in row.cells.items() if column in names}
    merged = frozenset(names[column] for column in row.merged if column in names)
    return replace(
        row, cells=cells, merged=merged, headers={new: old for old, new in names.items()}
    )
