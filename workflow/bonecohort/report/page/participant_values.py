"""What is shown of each participant: values by site, in a table that techniques share, and more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bonecohort.report.printing import format as fmt
from bonecohort.report.printing.labels import printed_unit
from bonecohort.report.records import Record, records
from bonecohort.study.catalogue import column_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bonecohort.report.results.inputs import ReportInputs
    from bonecohort.techniques.declare import Technique


@dataclass(frozen=True)
class DetailTable:
    """A further table of a participant's page; ``note`` stands above it."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class OfParticipant:
    """What a technique shows of one participant.

    Attributes
    ----------
    header
        Titles of its columns in the table of values by site.
    values
        Its printed values by site, one a column.
    is_known
        Whether anything of the participant was measured.
    summary
        Phrases beside the participant's ID.
    tables
        Further tables.
    """

    header: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] | None = None
    is_known: bool = True
    summary: tuple[str, ...] = ()
    tables: tuple[DetailTable, ...] = ()


@dataclass(frozen=True)
class ValuesBySite:
    """The table of a participant's values; columns without any are left out."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def values_by_site(parts: Sequence[OfParticipant], levels: Sequence[str]) -> ValuesBySite | None:
    """Return the values of all techniques side by side; None where there is none.

    Parameters
    ----------
    parts
        What each technique shows of one participant.
    levels
        The levels of the study: a row each, before those of other sites.
    """
    sites = dict.fromkeys(levels)
    sites |= dict.fromkeys(site for part in parts for site in part.values or ())
    columns: list[list[str]] = []
    header: list[str] = []
    for part in parts:
        blank = (fmt.ABSENT,) * len(part.header)
        own = [(part.values or {}).get(site, blank) for site in sites]
        for title, column in zip(part.header, zip(*own, strict=True), strict=True):
            if any(text != fmt.ABSENT for text in column):
                header.append(title)
                columns.append(list(column))
    if not columns:
        return None
    others = [site for site in sites if site not in levels]
    has_levels = any(
        text != fmt.ABSENT for column in columns for text in column[: len(sites) - len(others)]
    )
    named = [*(levels if has_levels else ()), *others]
    skipped = 0 if has_levels else len(sites) - len(others)
    rows = zip(named, *(column[skipped:] for column in columns), strict=True)
    word = "site" if others else "level"
    return ValuesBySite(f"Values by {word}", (word.capitalize(), *header), tuple(rows))


def declared_values(inputs: ReportInputs, technique: Technique) -> dict[str, OfParticipant]:
    """Return the values of a technique's measures by participant, as it declares them."""
    table = inputs.frame("tables/sites.csv")
    measures = {column_name(technique.modality, one.name): one for one in technique.measures}
    result = {name: measure for name, measure in measures.items() if name in table}
    header = tuple(
        measure.label if measure.unit in ("", "1", *measure.label.split())
        else f"{measure.label}, {printed_unit(measure.unit)}"
        for measure in result.values()
    )  # fmt: skip
    values: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in records(table):
        numbers = [value_of(row, name) for name in result]
        if any(number is not None for number in numbers):
            printed = tuple(
                fmt.number(number, measure.decimals)
                for number, measure in zip(numbers, result.values(), strict=True)
            )
            values.setdefault(row["participant_id"], {})[str(row["site"])] = printed
    return {name: OfParticipant(header, of_sites) for name, of_sites in values.items()}


def printed_numbers(row: Record, columns: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """Print numbers of a row: the names of their columns with their decimals."""
    return tuple(fmt.number(value_of(row, name), places) for name, places in columns)


def value_of(row: Record, name: str) -> float | None:
    """Return a number of a row, None for a blank or an absent column."""
    value: Any = row.get(name)
    return None if value is None or pd.isna(value) else float(value)
