"""The readings tables of a study: each file read once, its rows by participant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations.tables.headers import standard_table
from bonecohort.annotations.tables.levels import level_written
from bonecohort.annotations.tables.rows import check_columns
from bonecohort.cohort.table_ids import ID_COLUMN, NearRow, RowsByOwner, by_owner
from bonecohort.faults import DataFault
from bonecohort.study.cells import Row, Table
from bonecohort.study.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from bonecohort.annotations.tables.headers import Wide


@dataclass(frozen=True)
class ReadingsTable:
    """One readings table, and whose its rows are."""

    table: Table
    rows: RowsByOwner


@dataclass
class ReadingsTables:
    """The readings tables of a study.

    ``required`` are their columns; ``wide`` is how one column a place may stand for those;
    ``participants`` are the IDs of the participants table.
    """

    folder: Path
    required: Sequence[str]
    participants: Collection[str] = ()
    wide: Wide | None = None
    _read_or_reason: dict[str, ReadingsTable | str] = field(default_factory=dict)

    def rows(self, path: str, participant_id: str) -> tuple[Table, list[Row]]:
        """Return a file's table and one participant's rows; raises DataFault when unreadable."""
        result = self._found(path)
        return result.table, result.rows.exact.get(participant_id, [])

    def near_rows(self, path: str, participant_id: str) -> list[NearRow]:
        """Return a file's rows whose ID is the participant's but for how it is written."""
        return self._found(path).rows.near.get(participant_id, [])

    def stranger_rows(self, path: str) -> str:
        """Return how many of a file's rows fit nobody, with row numbers; empty for none."""
        rows = self._found(path).rows
        return rows.strangers_text() if rows.strangers else ""

    def strangers(self) -> Iterator[tuple[str, str]]:
        """Yield every file with rows that fit nobody, and how many they are."""
        for path, result in self._read_or_reason.items():
            if not isinstance(result, str) and result.rows.strangers:
                yield path, result.rows.strangers_text()

    def of_other_levels(self, levels: Collection[str]) -> Iterator[tuple[str, int, list[str]]]:
        """Yield every file with participants' rows of levels beyond some, how many, and which."""
        for path, result in self._read_or_reason.items():
            if isinstance(result, str):
                continue
            written = [level_written(row) for rows in result.rows.exact.values() for row in rows]
            others = [level for level in written if level and level not in levels]
            if others:
                yield path, len(others), sorted(set(others))

    def notes(self) -> Iterator[str]:
        """Yield how files were read where that is not plain."""
        for result in self._read_or_reason.values():
            if not isinstance(result, str):
                yield from result.table.notes

    def _found(self, path: str) -> ReadingsTable:
        if path not in self._read_or_reason:
            self._read_or_reason[path] = self._read(path)
        result = self._read_or_reason[path]
        if isinstance(result, str):
            raise DataFault(result)
        return result

    def _read(self, path: str) -> ReadingsTable | str:
        try:
            table = read_table(self.folder / path)
            rows = tuple(
                replace(row, fault=row.fault.replace(str(self.folder / path), path))
                for row in table.rows
            )
            notes = tuple(note.replace(str(self.folder / path), path) for note in table.notes)
            table = Table(Path(path), table.columns, rows, notes)
            table = standard_table(table, self.required, self.wide)
            check_columns(table, self.required)
        except DataFault as fault:
            return fault.reason.replace(str(self.folder / path), path)
        return ReadingsTable(table, by_owner(_with_ids(table), self.participants))


UNREAD_ROWS = "unread_rows: {rows}"
NO_ROW = "No row names this level, and it is not taken as normal."
MAY_BE_OWN = (
    "{path} holds {rows}, one of which may be this participant's, misspelt. Correct it, "
    "list those people with include 'no', or write a row with defect 0 for every normal level."
)


@dataclass
class Doubts:
    """Rows that may be a participant's and were not used, and whose readings they leave unsure.

    ``near_rows`` are the places of rows that nearly fit the participant. ``near_levels`` are the
    levels as those rows write them.
    """

    readers: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)
    near_rows: list[str] = field(default_factory=list)
    near_levels: set[str] = field(default_factory=set)

    def add(
        self, path: str, readers: Iterable[str], tables: ReadingsTables, participant_id: str
    ) -> None:
        """Add what one file leaves unsure of a participant."""
        near = tables.near_rows(path, participant_id)
        strangers = tables.stranger_rows(path)
        if not near and not strangers:
            return
        self.readers.update(readers)
        self.reasons += [row.sentence(path) for row in near]
        self.near_rows += [f"{path}, row {row.row.number}" for row in near]
        self.near_levels |= {level for row in near if (level := level_written(row.row))}
        if strangers:
            self.reasons.append(MAY_BE_OWN.format(path=path, rows=strangers))

    def flag(self, level: str, *, is_read: bool) -> str:
        """Return the flag of a level that near rows may speak of; empty when none may.

        ``is_read`` says whether rows of the participant's own speak of the level.
        """
        if not self.near_rows or (is_read and level not in self.near_levels):
            return ""
        return UNREAD_ROWS.format(rows="; ".join(self.near_rows))

    def why_unread(self) -> str:
        """Return why a level without rows is not read; empty when nothing is in doubt."""
        return " ".join([NO_ROW, *self.reasons]) if self.reasons else ""


def _with_ids(table: Table) -> Iterator[Row]:
    """Yield a table's rows, one without an ID as a faulty row of the participant above.

    Whose it is cannot be known: left out, a defect in it would make a vertebra look normal.
    """
    above = ""
    for row in table.rows:
        own = row.get(ID_COLUMN)
        above = own or above
        yield row if own else _of_nobody(table, row, above)


def _of_nobody(table: Table, row: Row, above: str) -> Row:
    fault = (
        f"{table.path}, row {row.number}, {row.header(ID_COLUMN)}: blank, below {above}; write the "
        "ID on every row (only a merged cell of an Excel table counts for several)."
    )
    return replace(row, cells=row.cells | {ID_COLUMN: above}, fault=fault)
