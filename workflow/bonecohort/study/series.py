"""series.tsv: which file or folder belongs to which participant, and what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bonecohort.study.cells import column_names, unknown_columns
from bonecohort.study.echo_rows import (
    COLUMN,
    echo_time_ms,
    echo_time_problems,
    stack_problems,
    stacks_of_rows,
)
from bonecohort.study.suggestions import close_id, did_you_mean
from bonecohort.techniques.registry import kinds, readings_kinds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bonecohort.study.cells import Row, Table
    from bonecohort.study.participants import Participant
    from bonecohort.study.settings import Settings

REQUIRED_COLUMNS = ("participant_id", "kind", "path")
OPTIONAL_COLUMNS = ("reader", "series_uid", "label_scheme", "site", COLUMN)
FIRST_READER = "1"
EVERYBODY = "*"
"""Stands, in the row of a table of readings, for every included participant."""
MEAN_OF_READERS = "mean"
"""Reader of a value that is the mean of several readers'; nobody may be called so."""
SITE_NAME = "[A-Za-z0-9][A-Za-z0-9._-]*"
"""What a site may be called: it is part of the names of results."""
LONGEST_NAME = 255
"""Bytes in a file's or folder's name, on every file system in use."""


@dataclass(frozen=True)
class Series:
    """One row: a path, as written, and what it holds of whom."""

    participant_id: str
    kind: str
    path: str
    reader: str = FIRST_READER
    series_uid: str = ""
    label_scheme: str = ""
    site: str = ""
    echo_time_ms: float | None = None
    row_number: int = field(default=0, compare=False)


def counting(reader: str) -> str:
    """Return a sorting key of readers that puts reader 2 before reader 10."""
    return re.sub(r"\d+", lambda number: number[0].zfill(9), reader.lower())


def check_series(
    table: Table,
    participants: Mapping[str, Participant] | None,
    sites: Mapping[str, str],
    *,
    everybody: bool = True,
) -> tuple[tuple[Series, ...], list[str]]:
    """Return the series rows and every problem; without participants, IDs are not compared.

    Parameters
    ----------
    sites
        Kind → site of its rows that name none (:func:`default_sites`).
    everybody
        Whether each included participant must have a file.
    """
    problems = list(_column_problems(table))
    if any(column not in table.columns for column in REQUIRED_COLUMNS):
        return (), problems
    series = []
    for row in table.rows:
        problems += _row_problems(table, row, participants, sites)
        series += [
            Series(
                participant_id=name,
                kind=row.get("kind"),
                path=row.get("path"),
                reader=row.get("reader") or FIRST_READER,
                series_uid=row.get("series_uid"),
                label_scheme=row.get("label_scheme"),
                site=_site(row, sites),
                echo_time_ms=echo_time_ms(row),
                row_number=row.number,
            )
            for name in _names(row, participants)
        ]
    problems += _repeated(table, sites)
    problems += stack_problems(table)
    if participants is not None and everybody:
        problems += _without_series(table, participants, {row.participant_id for row in series})
    return tuple(series), problems


def default_sites(settings: Settings) -> dict[str, str]:
    """Return the site of rows that name none, by the kinds that have a setting for it."""
    named = ((name, kind.default_site) for name, kind in kinds().items() if any(kind.default_site))
    return {name: settings.value(section, key) for name, (section, key) in named}


def _site(row: Row, sites: Mapping[str, str]) -> str:
    return row.get("site") or sites.get(row.get("kind"), "")


def _names(row: Row, participants: Mapping[str, Participant] | None) -> list[str]:
    """Return the IDs of the participants whose file a row names."""
    name = row.get("participant_id")
    if name != EVERYBODY:
        return [name]
    return [one for one, participant in (participants or {}).items() if participant.include]


def _column_problems(table: Table) -> Iterator[str]:
    for column in REQUIRED_COLUMNS:
        if column not in table.columns:
            yield (f"{table.path}: column '{column}' is missing; found are: {column_names(table)}.")
    yield from unknown_columns(table, {*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS})


def _row_problems(
    table: Table,
    row: Row,
    participants: Mapping[str, Participant] | None,
    sites: Mapping[str, str],
) -> Iterator[str]:
    where = f"{table.path}, row {row.number}"
    name, kind = row.get("participant_id"), row.get("kind")
    yield from _id_problems(where, name, kind, participants)
    if kind not in kinds():
        yield f"{where}, kind: {kind!r} is unknown; {did_you_mean(kind, kinds())}"
    elif not kinds()[kind].by_site:
        if row.get("site"):
            yield f"{where}, site: {row.get('site')!r}; a '{kind}' is of all sites: leave it blank."
    elif not re.fullmatch(SITE_NAME, _site(row, sites)):
        yield (
            f"{where}, site: {row.get('site') or 'blank'}; a '{kind}' is of one site, such as "
            "radius_distal_L: letters, digits, '.', '_' and '-'."
        )
    yield from echo_time_problems(where, row)
    if not row.get("path"):
        yield f"{where}, path: blank; a file or folder is expected."
    if any(len(part.encode()) > LONGEST_NAME for part in row.get("path").split("/")):
        yield f"{where}, path: a name of more than {LONGEST_NAME} bytes; no file can be called so."
    if row.get("reader").lower() == MEAN_OF_READERS:
        yield f"{where}, reader: {row.get('reader')!r} names the readers' mean; give another name."


def _id_problems(
    where: str, name: str, kind: str, participants: Mapping[str, Participant] | None
) -> Iterator[str]:
    if not name:
        yield f"{where}, participant_id: blank; every row belongs to a participant."
    elif name == EVERYBODY:
        if kind in kinds() and kind not in readings_kinds():
            tables = ", ".join(sorted(readings_kinds()))
            yield (
                f"{where}, participant_id: '{EVERYBODY}' is allowed for tables of readings alone "
                f"({tables}); a '{kind}' belongs to one participant."
            )
    elif participants is not None and name not in participants:
        yield (
            f"{where}, participant_id: {name!r} is not in the participants table; "
            f"{close_id(name, participants, 'add it there or remove this row.')}"
        )


def _repeated(table: Table, sites: Mapping[str, str]) -> Iterator[str]:
    seen: dict[tuple[str, str, str], int] = {}
    one_each = {name for name, kind in kinds().items() if kind.is_one}
    stacks = stacks_of_rows(table)
    for row in table.rows:
        key = (row.get("participant_id"), row.get("kind"), _site(row, sites))
        if key[1] in one_each and key[:2] not in stacks and key in seen:
            at = f" at {key[2]}" if key[2] else ""
            echoes = f", or a row an echo with its {COLUMN}" if kinds()[key[1]].has_echoes else ""
            yield (
                f"{table.path}, row {row.number}: a second '{key[1]}' of {key[0]}{at} (the first "
                f"is in row {seen[key]}); one is expected{echoes}."
            )
        seen.setdefault(key, row.number)


def _without_series(
    table: Table, participants: Mapping[str, Participant], named: Collection[str]
) -> Iterator[str]:
    for name, participant in participants.items():
        if participant.include and name and name not in named:
            yield (
                f"{table.path}: participant {name!r} has no row; add its files, or set include "
                "to 'no' with an exclusion_reason."
            )
