"""The tables of a study as they are read, in order, and the messages of all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.study.cells import Table
from bonecohort.study.found_tables import IN_CONFIG, found_table
from bonecohort.study.paths import path_advice
from bonecohort.study.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from bonecohort.study.place_rows import OfPlace, Places


@dataclass
class StudyTables:
    """Reads the tables of a study folder.

    ``problems`` gains what stops the study, ``notes`` how a table was read where that is not plain.
    """

    folder: Path
    problems: list[str]
    notes: list[str] = field(default_factory=list)

    def read(self, path: str, key: str) -> Table | None:
        """Return a table's sound rows; None where it cannot be read. ``key`` is the config's."""
        where = self.folder / path
        try:
            table = read_table(where)
        except DataFault as fault:
            advice = "" if where.exists() else path_advice(where, path)
            reason = fault.reason.replace(str(where), path)
            self.problems.append(f"{reason}{advice} (config key '{key}')")
            return None
        self.problems += [row.fault.replace(str(where), path) for row in table.rows if row.fault]
        self.notes += [note.replace(str(where), path) for note in table.notes]
        sound = tuple(row for row in table.rows if not row.fault)
        return Table(Path(path), table.columns, sound)

    def of_places(
        self,
        key: str,
        path: str | None,
        check: Callable[[Table, Places], tuple[tuple[OfPlace, ...], list[str]]],
        places: Places,
    ) -> tuple[str | None, tuple[OfPlace, ...]]:
        """Return the path of an optional table of sites and techniques, and its rows.

        ``path`` is what the config gives under ``key``; without it the table is looked for.
        """
        if path is None:
            path = found_table(self.folder, key, self.problems, (IN_CONFIG,))
        table = self.read(path, key) if path else None
        if table is None:
            return path, ()
        rows, faults = check(table, places)
        self.problems += faults
        return path, rows
