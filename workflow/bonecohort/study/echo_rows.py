"""Rows of series.tsv that make one stack, an echo each, with their echo times in ms."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bonecohort.study.cells import parse_number, shown
from bonecohort.techniques.registry import kinds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bonecohort.study.cells import Row, Table

COLUMN = "echo_time_ms"
LONGEST_MS = 1000.0
"""No echo is as late."""
LEAST_LAST_MS = 1.0
"""The last echo of a train is later; smaller times are in s."""
EXPECTED = f"A time in ms above 0 and below {LONGEST_MS:g} is expected, such as 4.6."


def echo_time_ms(row: Row) -> float | None:
    """Return the echo time that a row gives; None where it is blank or no time."""
    try:
        time_ms = parse_number(row.get(COLUMN))
    except ValueError:
        return None
    return time_ms if 0 < time_ms < LONGEST_MS else None


def echo_time_problems(where: str, row: Row) -> Iterator[str]:
    """Yield what is wrong with the echo time of one row."""
    text, kind = row.get(COLUMN), row.get("kind")
    if not text or kind not in kinds():
        return
    if not kinds()[kind].has_echoes:
        yield f"{where}, {COLUMN}: {shown(text)}; a '{kind}' has no echoes: leave it blank."
        return
    try:
        time_ms = parse_number(text)
    except ValueError as error:
        yield f"{where}, {COLUMN}: {error}. {EXPECTED}"
        return
    if not 0 < time_ms < LONGEST_MS:
        yield f"{where}, {COLUMN}: {shown(text)}. {EXPECTED}"


def stacks_of_rows(table: Table) -> dict[tuple[str, str], list[Row]]:
    """Return the rows that make one stack by participant and kind, where one gives its time."""
    rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in table.rows:
        kind = row.get("kind")
        if kind in kinds() and kinds()[kind].has_echoes:
            rows[row.get("participant_id"), kind].append(row)
    return {key: own for key, own in rows.items() if any(map(echo_time_ms, own))}


def stack_problems(table: Table) -> Iterator[str]:
    """Yield what is wrong with rows together: a file that two rows name, and times in s."""
    for own in stacks_of_rows(table).values():
        yield from _files_twice(table, own)
        times_ms = [time_ms for row in own if (time_ms := echo_time_ms(row)) is not None]
        if max(times_ms) < LEAST_LAST_MS:
            yield (
                f"{table.path}, row {own[0].number}, {COLUMN}: the largest of this participant is "
                f"{max(times_ms):g}, so the times seem to be in s. Write them in ms."
            )


def _files_twice(table: Table, rows: list[Row]) -> Iterator[str]:
    """Yield rows whose file or folder lies in that of another row: one image is no two echoes."""
    for at, row in enumerate(rows):
        for other in rows[:at]:
            own, others = (f"{listed.get('path').rstrip('/')}/" for listed in (row, other))
            if row.get("series_uid") == other.get("series_uid") and (
                own.startswith(others) or others.startswith(own)
            ):
                yield (
                    f"{table.path}, row {row.number}, path: it holds what row {other.number} "
                    "holds; a file or folder of its own is expected for each echo."
                )
                break
