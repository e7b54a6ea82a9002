"""exclusions.tsv: what of a participant is left out of every table, and why.

A row leaves out one site of one technique. A blank technique stands for every technique, a blank
site for every site. Nothing is measured again for it: the cohort's tables leave it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.study.cells import column_names, shown, unknown_columns
from bonecohort.study.suggestions import did_you_mean
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from bonecohort.study.cells import Row, Table
    from bonecohort.techniques.declare import Technique

    Sites = Callable[[str, Technique], Collection[str]]

PATHS = tuple(f"config/exclusions.{ending}" for ending in ("tsv", "csv", "xlsx"))
"""Where the table is found by itself."""
REQUIRED_COLUMNS = ("participant_id", "site", "technique", "reason")
OPTIONAL_COLUMNS = ("reader", "date")


@dataclass(frozen=True)
class PlaceRow:
    """A row on a site of a technique of a participant; '' stands for every site, or technique."""

    participant_id: str
    site: str
    technique: str
    reason: str
    reader: str = ""
    date: str = ""
    row_number: int = 0

    def covers(self, site: str, technique: str) -> bool:
        """Whether the row is of a site of a technique; '' asks for all its sites."""
        return self.site in ("", site) and self.technique in ("", technique)


class LeftOut(PlaceRow):
    """What is left out of a participant, and why."""


def found_path(folder: Path, paths: Sequence[str], key: str) -> tuple[str | None, list[str]]:
    """Return the one of several paths that is there, and the problem that more than one is."""
    found = [path for path in paths if (folder / path).is_file()]
    if len(found) > 1:
        told = (
            f"{' and '.join(found)}: one table is expected. Remove the others, or name the one to "
            f"use by the config key '{key}'."
        )
        return None, [told]
    return (found[0] if found else None), []


@dataclass(frozen=True)
class Places:
    """What rows of a table may name: participants, and where each technique measures them.

    Without ``participants`` IDs are not compared, without ``sites`` sites are not: the table that
    tells them could not be read.
    """

    participants: Collection[str]
    sites: Sites | None


def check_exclusions(table: Table, places: Places) -> tuple[tuple[LeftOut, ...], list[str]]:
    """Return the rows of the table and every problem of it."""
    problems = list(column_problems(table, REQUIRED_COLUMNS, OPTIONAL_COLUMNS))
    if any(column not in table.columns for column in REQUIRED_COLUMNS):
        return (), problems
    rows = []
    seen: dict[tuple[str, str, str], int] = {}
    for row in table.rows:
        problems += place_problems(table, row, places)
        if not row.get("reason"):
            problems.append(
                f"{table.path}, row {row.number}, reason: blank; write why this is left out."
            )
        problems += repeated(table, row, seen)
        cells = {name: row.get(name) for name in (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)}
        rows.append(LeftOut(**cells, row_number=row.number))
    return tuple(rows), problems


def column_problems(
    table: Table, required: Sequence[str], optional: Sequence[str]
) -> Iterator[str]:
    """Yield what is wrong with the columns of a table."""
    for column in required:
        if column not in table.columns:
            yield f"{table.path}: column '{column}' is missing; found are: {column_names(table)}."
    yield from unknown_columns(table, {*required, *optional})


def place_problems(table: Table, row: Row, places: Places) -> Iterator[str]:
    """Yield what is wrong with the participant, the site and the technique that a row names."""
    where = f"{table.path}, row {row.number}"
    name, site, technique = (row.get(key) for key in ("participant_id", "site", "technique"))
    known = {one.name: one for one in measuring_techniques()}
    if not name:
        yield f"{where}, participant_id: blank; every row is of one participant."
    elif places.participants and name not in places.participants:
        yield (
            f"{where}, participant_id: {shown(name)} is not in the participants table; "
            f"{_close_id(name, places.participants)}"
        )
    if technique and technique not in known:
        yield (
            f"{where}, technique: {shown(technique)} is unknown; {did_you_mean(technique, known)} "
            "Blank stands for all."
        )
    elif site and places.sites and name in places.participants:
        asked = [known[technique]] if technique else known.values()
        sites = {one: None for of in asked for one in places.sites(name, of)}
        if sites and site not in sites:
            whole = site.partition(".")[0]
            advice = (
                f"'{whole}' is left out with all its parts: write '{whole}'."
                if whole in sites
                else did_you_mean(site, sites)
            )
            yield f"{where}, site: {shown(site)} is unknown; {advice} Blank stands for all."


def _close_id(name: str, participants: Collection[str]) -> str:
    by_lower = {known.lower(): known for known in participants}
    if name.lower() in by_lower:
        return f"did you mean '{by_lower[name.lower()]}'? (case counts)"
    return "correct it or remove this row."


def repeated(table: Table, row: Row, seen: dict[tuple[str, str, str], int]) -> Iterator[str]:
    """Yield the problem of a row that stands in the table already; ``seen`` keeps the rows."""
    key = (row.get("participant_id"), row.get("site"), row.get("technique"))
    if key in seen:
        told = ", ".join(filter(None, key))
        yield (
            f"{table.path}, row {row.number}: {told} is also in row {seen[key]}; one row is "
            "expected."
        )
    seen.setdefault(key, row.number)


def measuring_techniques() -> tuple[Technique, ...]:
    """Return the techniques that measure something."""
    return tuple(one for one in techniques() if one.measures)
