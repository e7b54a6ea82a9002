"""Tables with a row on a site of a technique of a participant: exclusions and verdicts.

A blank technique stands for every technique, a blank site for every site.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from bonecohort.study.cells import column_names, shown, unknown_columns
from bonecohort.study.suggestions import close_id, did_you_mean
from bonecohort.techniques.registry import techniques

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from bonecohort.study.cells import Row, Table
    from bonecohort.techniques.declare import Technique

    Sites = Callable[[str, Technique], Collection[str]]


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

    @property
    def exactness(self) -> tuple[bool, bool]:
        """What rows are sorted by: one of a technique, and of a site, says more exactly."""
        return bool(self.technique), bool(self.site)


OfPlace = TypeVar("OfPlace", bound=PlaceRow)


@dataclass(frozen=True)
class Places:
    """What rows of a table may name: participants, and where each technique measures them.

    Without ``participants`` IDs are not compared, without ``sites`` sites are not: the table that
    holds them could not be read.
    """

    participants: Collection[str]
    sites: Sites | None


def check_rows(
    table: Table,
    places: Places,
    columns: tuple[Sequence[str], Sequence[str]],
    read: Callable[[dict[str, Any], str, list[str]], OfPlace],
) -> tuple[tuple[OfPlace, ...], list[str]]:
    """Return the rows of a table and every problem of it.

    Parameters
    ----------
    table
        The table.
    places
        What its rows may name.
    columns
        Those that it must have, and those that it may have.
    read
        Makes a row of its cells, once the place where it stands is known; to the list it adds what
        is wrong with them.
    """
    required, optional = columns
    problems = list(_column_problems(table, required, optional))
    if any(column not in table.columns for column in required):
        return (), problems
    rows = []
    seen: dict[tuple[str, str, str], int] = {}
    for row in table.rows:
        problems += _place_problems(table, row, places)
        cells = {name: row.get(name) for name in (*required, *optional)}
        rows.append(replace(read(cells, f"{table.path}, row {row.number}", problems),
                            row_number=row.number))  # fmt: skip
        problems += _repeated(table, row, seen)
    return tuple(rows), problems


def _column_problems(
    table: Table, required: Sequence[str], optional: Sequence[str]
) -> Iterator[str]:
    """Yield what is wrong with the columns of a table."""
    for column in required:
        if column not in table.columns:
            yield f"{table.path}: column '{column}' is missing; found are: {column_names(table)}."
    yield from unknown_columns(table, {*required, *optional})


def _place_problems(table: Table, row: Row, places: Places) -> Iterator[str]:
    """Yield what is wrong with the participant, the site and the technique that a row names."""
    where = f"{table.path}, row {row.number}"
    name, site, technique = (row.get(key) for key in ("participant_id", "site", "technique"))
    known = {one.name: one for one in measuring_techniques()}
    if not name:
        yield f"{where}, participant_id: blank; every row is of one participant."
    elif places.participants and name not in places.participants:
        yield (
            f"{where}, participant_id: {shown(name)} is not in the participants table; "
            f"{close_id(name, places.participants, 'correct it or remove this row.')}"
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


def _repeated(table: Table, row: Row, seen: dict[tuple[str, str, str], int]) -> Iterator[str]:
    """Yield the problem of a row that stands in the table already; ``seen`` keeps the rows."""
    key = (row.get("participant_id"), row.get("site"), row.get("technique"))
    if key in seen:
        text = ", ".join(filter(None, key))
        yield (
            f"{table.path}, row {row.number}: {text} is also in row {seen[key]}; one row is "
            "expected."
        )
    seen.setdefault(key, row.number)


def measuring_techniques() -> tuple[Technique, ...]:
    """Return the techniques that measure something."""
    return tuple(technique for technique in techniques() if technique.measures)
