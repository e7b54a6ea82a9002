"""review.tsv: what readers decided of the measurements that they looked at.

A verdict leaves nothing out: that is what exclusions.tsv is for. It tells the report who looked at
what, and what is to be looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.study.cells import shown
from bonecohort.study.exclusions import PlaceRow, column_problems, place_problems, repeated
from bonecohort.study.suggestions import did_you_mean

if TYPE_CHECKING:
    from bonecohort.study.cells import Table
    from bonecohort.study.exclusions import Places

PATHS = tuple(f"config/review.{ending}" for ending in ("tsv", "csv", "xlsx"))
"""Where the table is found by itself."""
ACCEPT, REJECT, LOOK_AGAIN = "accept", "reject", "look again"
VERDICTS = (ACCEPT, REJECT, LOOK_AGAIN)
REQUIRED_COLUMNS = ("participant_id", "site", "technique", "verdict")
OPTIONAL_COLUMNS = ("reason", "reader", "date")


@dataclass(frozen=True)
class Verdict(PlaceRow):
    """One row: a reader's verdict on a site of a technique of a participant."""

    verdict: str = ACCEPT


def check_verdicts(table: Table, places: Places) -> tuple[tuple[Verdict, ...], list[str]]:
    """Return the rows of the table and every problem of it."""
    problems = list(column_problems(table, REQUIRED_COLUMNS, OPTIONAL_COLUMNS))
    if any(column not in table.columns for column in REQUIRED_COLUMNS):
        return (), problems
    rows = []
    seen: dict[tuple[str, str, str], int] = {}
    for row in table.rows:
        problems += place_problems(table, row, places)
        problems += repeated(table, row, seen)
        where = f"{table.path}, row {row.number}"
        verdict = " ".join(row.get("verdict").lower().replace("_", " ").split())
        if verdict not in VERDICTS:
            advice = did_you_mean(row.get("verdict"), VERDICTS)
            problems.append(f"{where}, verdict: {shown(row.get('verdict'))} is unknown; {advice}")
        if verdict == REJECT and not row.get("reason"):
            problems.append(f"{where}, reason: blank; a reject needs one.")
        cells = {name: row.get(name) for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)}
        rows.append(Verdict(**(cells | {"verdict": verdict}), row_number=row.number))
    return tuple(rows), problems
