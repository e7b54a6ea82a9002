"""The rows of a table as plain dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.study.analysis_settings import MOST_GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Record = dict[str, Any]


def records(frame: pd.DataFrame, **equal: str) -> list[Record]:
    """Return the rows whose columns equal the given texts, as plain dictionaries."""
    for column, value in equal.items():
        frame = frame[frame[column] == value]
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def by_participant(rows: Iterable[Record]) -> dict[str, list[Record]]:
    """Return the rows of each participant, in their order."""
    result: dict[str, list[Record]] = {}
    for row in rows:
        result.setdefault(str(row["participant_id"]), []).append(row)
    return result


def text_of(record: Record, column: str) -> str:
    """Return a text column that may be absent or blank, else the empty string."""
    value = record.get(column)
    return value if isinstance(value, str) else ""


def groups_of(record: Record) -> tuple[str, ...]:
    """Return the groups that a row compares, in order."""
    several = (text_of(record, f"group_{place}") for place in range(3, MOST_GROUPS + 1))
    return (record["group_1"], record["group_2"], *(group for group in several if group))
