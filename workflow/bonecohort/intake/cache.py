"""The headers read so far, in a database of the study: the next run continues from it.

Whose a series is stands in it as the number of a row of the ID key. It holds no PatientID, no name
and no date. File paths and SeriesInstanceUIDs stand in it as they are, so it may be read by its
owner only.
"""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bonecohort.intake.header import FoundFile, Header
from bonecohort.intake.private_files import OWNER_ONLY, keep_private

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from bonecohort.intake.study_ids import IdKey

VERSION = 4
REMEMBERED = 10_000  # distinct traits whose row numbers are kept in memory
BATCH = 200  # headers read between two notes of progress
HEADER_TABLES = """
CREATE TABLE series(
  id INTEGER PRIMARY KEY, record INTEGER, study TEXT, uid TEXT, number TEXT, day INTEGER,
  UNIQUE(record, study, uid, number));
CREATE TABLE traits(id INTEGER PRIMARY KEY, json TEXT UNIQUE);
CREATE TABLE files(
  path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, left_out TEXT,
  series INTEGER, planes TEXT) WITHOUT ROWID;
CREATE INDEX files_by_series ON files(series);
"""
OFFERED_TABLE = """
CREATE TABLE IF NOT EXISTS offered(
  participant_id TEXT, kind TEXT, PRIMARY KEY(participant_id, kind));
CREATE TABLE IF NOT EXISTS left_out_by_init(participant_id TEXT PRIMARY KEY, reason TEXT);
"""
# The views keep to what is not read yet, and to series of which a file is still there.
FOUND_TABLE = """
CREATE TEMP TABLE found(
  path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER) WITHOUT ROWID;
CREATE TEMP VIEW unread AS
  SELECT * FROM found WHERE NOT EXISTS (SELECT 1 FROM files WHERE files.path = found.path);
CREATE TEMP VIEW present AS
  SELECT * FROM series WHERE EXISTS (SELECT 1 FROM files WHERE files.series = series.id);
"""


@dataclass(frozen=True)
class CachedSeries:
    """A series: the rows of its parts, and the day it was made.

    ``day`` counts from the first date of a row of the key, ``record``.
    """

    rows: tuple[int, ...]
    uid: str
    number: str
    record: int
    day: int | None


NO_UTF8 = "name not UTF-8: rename it"


class HeaderCache:
    """The database of one study."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.was_open = keep_private(path)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNER_ONLY))
        self._traits: dict[str, int] = {}
        self._series: dict[tuple[int, str, str, str], int] = {}
        self._base = sqlite3.connect(path)
        self._base.execute("PRAGMA journal_mode=WAL")
        if self._base.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            self.forget()
        self._base.executescript(OFFERED_TABLE + FOUND_TABLE)
        self._no_utf8 = 0

    def forget(self) -> None:
        """Drop every header; what was offered to the user stays known."""
        self._base.executescript(
            "DROP TABLE IF EXISTS files; DROP TABLE IF EXISTS traits; DROP TABLE IF EXISTS series;"
            f"{HEADER_TABLES} PRAGMA user_version={VERSION};"
        )
        self._traits, self._series = {}, {}

    def close(self) -> None:
        """Write everything and close."""
        self._base.commit()
        self._base.close()

    def compare(self, root: Path, result: Iterable[FoundFile]) -> None:
        """Note what lies below ``root`` now; forget files that are gone or have changed."""
        self._base.executemany(
            "INSERT OR REPLACE INTO found VALUES (?, ?, ?)",
            self._storable(result),
        )
        self._base.execute(
            "DELETE FROM files WHERE path >= ? AND path < ? AND NOT EXISTS (SELECT 1 FROM found "
            "WHERE (found.path, found.size, found.mtime_ns) "
            "= (files.path, files.size, files.mtime_ns))",
            _below(root),
        )
        self._base.commit()

    def _storable(self, result: Iterable[FoundFile]) -> Iterator[tuple[str, int, int]]:
        """Yield the rows of files whose names the tables, which are UTF-8, can hold."""
        for file in result:
            try:
                file.path.encode()
            except UnicodeEncodeError:
                self._no_utf8 += 1
            else:
                yield file.path, file.size, file.mtime_ns

    def count_found(self) -> int:
        """Count the files below the root."""
        return int(self._base.execute("SELECT COUNT(*) FROM found").fetchone()[0])

    def count_unread(self) -> int:
        """Count the files whose header is not known."""
        return int(self._base.execute("SELECT COUNT(*) FROM unread").fetchone()[0])

    def unread(self) -> Iterator[list[FoundFile]]:
        """Yield batches of the files whose header is not known, in the order of their paths."""
        query = "SELECT * FROM unread WHERE path > ? ORDER BY path LIMIT ?"
        last = ""
        while rows := self._base.execute(query, (last, BATCH)).fetchall():
            last = rows[-1][0]
            yield [FoundFile(*row) for row in rows]

    def add(self, headers: list[Header], key: IdKey) -> None:
        """Keep headers; what they say of whose they are gets its row in the key first."""
        rows = [
            (
                header.file.path,
                header.file.size,
                header.file.mtime_ns,
                header.left_out,
                self._series_of(header, key),
                json.dumps(
                    [[self._traits_of(plane.traits), plane.position_mm] for plane in header.planes]
                ),
            )
            for header in headers
        ]
        self._base.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._base.commit()

    def _series_of(self, header: Header, key: IdKey) -> int | None:
        if header.identity is None:
            return None
        record = key.record_of(header.identity, header.study_date)
        name = (record, header.study, header.series_uid, header.series_number)
        if name not in self._series:
            day = key.days_since_first(record, header.study_date)
            self._base.execute(
                "INSERT OR IGNORE INTO series VALUES (NULL, ?,?,?,?, ?)", (*name, day)
            )
            query = "SELECT id FROM series WHERE (record, study, uid, number) = (?,?,?,?)"
            self._series[name] = self._base.execute(query, name).fetchone()[0]
        return self._series[name]

    def _traits_of(self, text: str) -> int:
        if len(self._traits) > REMEMBERED:  # a tube current may be another in every file
            self._traits.clear()
        if text not in self._traits:
            self._base.execute("INSERT OR IGNORE INTO traits VALUES (NULL, ?)", (text,))
            query = "SELECT id FROM traits WHERE json = ?"
            self._traits[text] = self._base.execute(query, (text,)).fetchone()[0]
        return self._traits[text]

    def count_left_out(self) -> dict[str, int]:
        """Count the files that belong to no series, by reason."""
        query = "SELECT left_out, COUNT(*) FROM files WHERE left_out != '' GROUP BY 1 ORDER BY 1"
        unnamed = {NO_UTF8: self._no_utf8} if self._no_utf8 else {}
        return dict(self._base.execute(query).fetchall()) | unnamed

    def knows_headers(self) -> bool:
        """Whether headers were read that are of somebody."""
        return self._base.execute("SELECT 1 FROM series LIMIT 1").fetchone() is not None

    def forget_unless_known(self, key: IdKey) -> None:
        """Drop every header when the key lacks a row that one is said to belong to."""
        query = "SELECT DISTINCT record FROM series"
        if any(record not in key for (record,) in self._base.execute(query).fetchall()):
            self.forget()

    def records(self) -> list[int]:
        """Return the rows of the key of which a file is there, in the order they were met."""
        query = "SELECT record FROM present GROUP BY 1 ORDER BY MIN(id)"
        return [row[0] for row in self._base.execute(query)]

    def series_of(self, records: Collection[int]) -> list[CachedSeries]:
        """Return the series of some rows of the key, in the order they were met."""
        result: dict[tuple[str, str, str], CachedSeries] = {}
        query = (
            "SELECT id, record, study, uid, number, day FROM present "
            "WHERE record IN (SELECT value FROM json_each(?)) ORDER BY id"
        )
        for row, record, study, uid, number, day in self._base.execute(query, (_list(records),)):
            name = (study, uid, number)
            known = result.setdefault(name, CachedSeries((), uid, number, record, day))
            result[name] = replace(known, rows=(*known.rows, row))
        return list(result.values())

    def files_of(
        self, rows: Collection[int]
    ) -> Iterator[tuple[str, list[tuple[str, list[float] | None]]]]:
        """Yield path and planes (traits as JSON, position) of each file of a series."""
        query = (
            "SELECT path, planes FROM files "
            "WHERE series IN (SELECT value FROM json_each(?)) ORDER BY path"
        )
        for path, planes in self._base.execute(query, (_list(rows),)).fetchall():
            yield (
                path,
                [(self._traits_text(kind), position) for kind, position in json.loads(planes)],
            )

    def _traits_text(self, number: int) -> str:
        query = "SELECT json FROM traits WHERE id = ?"
        return str(self._base.execute(query, (number,)).fetchone()[0])

    def is_shared(self, folder: Path, rows: Collection[int]) -> bool:
        """Whether a file of another series lies in a folder or below it."""
        query = (
            "SELECT 1 FROM files WHERE path >= ? AND path < ? "
            "AND series NOT IN (SELECT value FROM json_each(?)) LIMIT 1"
        )
        return self._base.execute(query, (*_below(folder), _list(rows))).fetchone() is not None

    def records_below(self, path: Path, uid: str) -> set[int]:
        """Return the rows of the key to which a file, a folder, or one series in it belongs."""
        query = (
            "SELECT DISTINCT record FROM files JOIN series ON series.id = files.series "
            "WHERE (path = ? OR path >= ? AND path < ?) AND (? = '' OR uid = ?)"
        )
        result = self._base.execute(query, (str(path), *_below(path), uid, uid)).fetchall()
        return {record for (record,) in result}

    def was_offered(self, participant_id: str, kind: str) -> bool:
        """Whether a row was once written, so that one the user took out is not put back."""
        query = "SELECT 1 FROM offered WHERE participant_id = ? AND kind = ?"
        return self._base.execute(query, (participant_id, kind)).fetchone() is not None

    def note_offered(self, rows: Iterable[tuple[str, str]]) -> None:
        """Remember the rows (participant, kind) that were written."""
        self._base.executemany("INSERT OR IGNORE INTO offered VALUES (?, ?)", rows)
        self._base.commit()

    def left_out_by_init(self) -> dict[str, str]:
        """Return the participants whose rows were written as not included, with the reason."""
        query = "SELECT participant_id, reason FROM left_out_by_init"
        return dict(self._base.execute(query).fetchall())

    def note_left_out(self, rows: Iterable[tuple[str, str]]) -> None:
        """Remember the (participant, reason) rows that were written as not included."""
        query = "INSERT OR IGNORE INTO left_out_by_init VALUES (?, ?)"
        self._base.executemany(query, [row for row in rows if row[1]])
        self._base.commit()


def _list(numbers: Collection[int]) -> str:
    return json.dumps(list(numbers))


def _below(folder: Path) -> tuple[str, str]:
    """Return the first path below a folder and the first one after it."""
    parent = str(folder).rstrip("/")
    return f"{parent}/", f"{parent}0"  # "0" follows "/"
