"""exclusions.tsv: what of a participant is left out of every table, and why.

A row leaves out one site of one technique. Nothing is measured again for it: the cohort's tables
leave it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bonecohort.study.place_rows import PlaceRow, check_rows

if TYPE_CHECKING:
    from bonecohort.study.cells import Table
    from bonecohort.study.place_rows import Places

COLUMNS = ("participant_id", "site", "technique", "reason"), ("reader", "date")
"""Those that the table must have, and those that it may have."""


class LeftOut(PlaceRow):
    """What is left out of a participant, and why."""


def check_exclusions(table: Table, places: Places) -> tuple[tuple[LeftOut, ...], list[str]]:
    """Return the rows of the table and every problem of it."""
    return check_rows(table, places, COLUMNS, _read)


def _read(cells: dict[str, Any], where: str, problems: list[str]) -> LeftOut:
    if not cells["reason"]:
        problems.append(f"{where}, reason: blank; write why this is left out.")
    return LeftOut(**cells)
