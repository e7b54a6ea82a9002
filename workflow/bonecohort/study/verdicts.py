"""review.tsv: what readers decided of the measurements that they looked at.

A verdict leaves nothing out: that is what exclusions.tsv is for. It says who looked at what, and
what is to be looked at again; the report uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bonecohort.study.cells import shown
from bonecohort.study.place_rows import PlaceRow, check_rows
from bonecohort.study.suggestions import did_you_mean

if TYPE_CHECKING:
    from bonecohort.study.cells import Table
    from bonecohort.study.place_rows import Places

ACCEPT, REJECT, LOOK_AGAIN = "accept", "reject", "look again"
VERDICTS = (ACCEPT, REJECT, LOOK_AGAIN)
COLUMNS = ("participant_id", "site", "technique", "verdict"), ("reason", "reader", "date")
"""Those that the table must have, and those that it may have."""


@dataclass(frozen=True)
class Verdict(PlaceRow):
    """One row: a reader's verdict on a site of a technique of a participant."""

    verdict: str = ACCEPT


def check_verdicts(table: Table, places: Places) -> tuple[tuple[Verdict, ...], list[str]]:
    """Return the rows of the table and every problem of it."""
    return check_rows(table, places, COLUMNS, _read)


def _read(cells: dict[str, Any], where: str, problems: list[str]) -> Verdict:
    written = cells["verdict"]
    verdict = " ".join(written.lower().replace("_", " ").split())
    if verdict not in VERDICTS:
        advice = did_you_mean(written, VERDICTS)
        problems.append(f"{where}, verdict: {shown(written)} is unknown; {advice}")
    if verdict == REJECT and not cells["reason"]:
        problems.append(f"{where}, reason: blank; a reject needs one.")
    return Verdict(**(cells | {"verdict": verdict}))
