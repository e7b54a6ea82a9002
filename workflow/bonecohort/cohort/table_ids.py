"""Whose a row of a readings table is: a participant's, nearly a participant's, or nobody's.

A readings table of a hospital may hold people who are not in the study. No message holds their IDs;
messages name rows by their numbers.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bonecohort.study.cells import Row

NOT_FULL_NUMBER = re.compile(r"\.0+$")
"""What spreadsheets write behind an ID that is a number."""
LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
MOST_ROWS_NAMED = 5
ID_COLUMN = "participant_id"


@dataclass(frozen=True)
class NearRow:
    """A row whose ID is a participant's but for how it is written."""

    row: Row
    participant_id: str

    def sentence(self, path: str) -> str:
        """Return where the row stands and how its ID differs; never the ID itself."""
        written = self.row.get(ID_COLUMN)
        how = (
            "in case only"
            if written.lower() == self.participant_id.lower()
            else "only in leading zeros, spaces, hyphens, or full-width or other characters"
        )
        return (
            f"{path}, row {self.row.number}, {self.row.header(ID_COLUMN)}: the ID differs from "
            f"{self.participant_id} {how}, so the row was not used; write the ID as in the "
            "participants table."
        )


@dataclass
class RowsByOwner:
    """A table's rows by participant; those that nearly fit one; and those that fit nobody."""

    exact: dict[str, list[Row]] = field(default_factory=dict)
    near: dict[str, list[NearRow]] = field(default_factory=dict)
    strangers: list[Row] = field(default_factory=list)

    def strangers_text(self) -> str:
        """Return how many rows fit nobody, of how many IDs, and where the first stand."""
        numbers = list(dict.fromkeys(row.number for row in self.strangers))
        ids = {row.get(ID_COLUMN) for row in self.strangers}
        one = len(numbers) == 1
        text = ", ".join(map(str, numbers[:MOST_ROWS_NAMED]))
        more = ", …" if len(numbers) > MOST_ROWS_NAMED else ""
        return (
            f"{len(numbers)} row{'' if one else 's'} of {len(ids)} ID{'' if len(ids) == 1 else 's'}"
            f" not in the participants table (row{'' if one else 's'} {text}{more})"
        )


def id_key(text: str) -> str:
    """Return what stays of an ID when zeros, case, width and all between its parts are left out."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = "".join(_ascii_digit(character) for character in NOT_FULL_NUMBER.sub("", plain))
    return LEADING_ZEROS.sub("", "".join(filter(str.isalnum, plain)))


def _ascii_digit(character: str) -> str:
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def by_owner(rows: Iterable[Row], participants: Iterable[str]) -> RowsByOwner:
    """Part a table's rows by whose they are.

    Parameters
    ----------
    participants
        IDs of everybody in the participants table, also of those who are not included.
    """
    known = dict.fromkeys(participants)
    by_lower = {name.lower(): name for name in known}
    by_key: dict[str, list[str]] = {}
    for name in known:
        by_key.setdefault(id_key(name), []).append(name)
    result = RowsByOwner()
    for row in rows:
        written = row.get(ID_COLUMN)
        result.exact.setdefault(written, []).append(row)
        if written in known:
            continue
        lower = by_lower.get(written.lower())
        near = [lower] if lower else by_key.get(id_key(written), []) if written else []
        for name in near:
            result.near.setdefault(name, []).append(NearRow(row, name))
        if not near:
            result.strangers.append(row)
    return result
