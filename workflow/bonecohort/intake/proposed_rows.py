"""From what is known of every participant to the rows of the study's tables, new and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.intake.tables import (
    PARTICIPANT_COLUMNS,
    PROPOSAL_COLUMNS,
    SERIES_COLUMNS,
    append_rows,
    include_rows,
    read_existing,
    write_whole,
)
from bonecohort.study.uid_labels import UID_LABEL
from bonecohort.techniques.registry import images

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from bonecohort.intake.cache import HeaderCache
    from bonecohort.intake.propose import Proposal
    from bonecohort.intake.series import SeriesSummary
    from bonecohort.study.settings import Settings

PROPOSALS = "config/proposals.tsv"
PARTICIPANT = "participant"
"""In the list of what was offered: the participant's own row."""


@dataclass(frozen=True)
class Intake:
    """What is known of one participant after reading: proposals, and series of no kind.

    ``further`` are the kinds that would be proposed if somebody asked.
    """

    participant_id: str
    proposals: tuple[Proposal, ...]
    others: tuple[tuple[SeriesSummary, str], ...]
    age_years: int | None
    sex: str
    exclusion_reason: str
    further: tuple[str, ...] = ()


def all_series(intake: Intake) -> Iterable[tuple[str, bool, SeriesSummary, str]]:
    """Yield kind, whether proposed, series and reason of every series of a participant."""
    for proposal in intake.proposals:
        if proposal.chosen:
            yield proposal.kind, True, proposal.chosen, proposal.reason
        for summary, why in proposal.passed_over:
            yield proposal.kind, False, summary, why
    for summary, why in intake.others:
        yield "", False, summary, why


def write_tables(
    cache: HeaderCache, study: Path, settings: Settings, intakes: tuple[Intake, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Add what is new to both tables.

    A participant whom a former run left out for want of a usable series is included once there is
    one, unless the row was edited since.

    Returns
    -------
    added, again, rows
        The participants added, those included again, and the (participant, kind) rows added.
    """
    participants_path, series_path = study / settings.participants, study / settings.series
    there = {row[0] for row in _present(participants_path, ("participant_id",))}
    new = [
        one
        for one in intakes
        if one.participant_id not in there
        and not cache.was_offered(one.participant_id, PARTICIPANT)
    ]
    append_rows(participants_path, PARTICIPANT_COLUMNS, [_participant_row(one) for one in new])
    usable = {one.participant_id for one in intakes if not one.exclusion_reason}
    left_out = {name: why for name, why in cache.left_out_by_init().items() if name in usable}
    again = include_rows(participants_path, left_out)
    there |= {one.participant_id for one in new}
    rows_there = _present(series_path, ("participant_id", "kind"))
    rows = [
        _series_row(study, intake.participant_id, proposal.kind, proposal.chosen)
        for intake in intakes
        if intake.participant_id in there
        for proposal in intake.proposals
        if proposal.chosen
        and (intake.participant_id, proposal.kind) not in rows_there
        and not cache.was_offered(intake.participant_id, proposal.kind)
    ]
    append_rows(series_path, SERIES_COLUMNS, rows)
    added = tuple(one.participant_id for one in new)
    added_rows = tuple((row["participant_id"], row["kind"]) for row in rows)
    cache.note_offered([*((name, PARTICIPANT) for name in added), *added_rows])
    cache.note_left_out((one.participant_id, one.exclusion_reason) for one in new)
    write_whole(study / PROPOSALS, PROPOSAL_COLUMNS, _proposal_rows(study, intakes))
    return added, again, added_rows


def rows_of_others(
    cache: HeaderCache, study: Path, settings: Settings, records: Mapping[str, Collection[int]]
) -> Iterator[str]:
    """Yield the rows of the series table that show images of another participant, in words.

    A former run, or a key edited since, may have taken them for the participant's own.
    """
    table = read_existing(study / settings.series)
    whose = {number: name for name, numbers in records.items() for number in numbers}
    for row in table.rows if table else ():
        name, uid = row.get("participant_id"), row.get("series_uid")
        if row.get("kind") not in images() or name not in records or not row.get("path"):
            continue
        path = study / row.get("path")
        result = cache.records_below(path, "" if uid.startswith(UID_LABEL) else uid)
        others = {whose[number] for number in result}
        if others and name not in others:
            yield (
                f"{settings.series}, row {row.number}: the {row.get('kind')} of {name} shows "
                f"images of {', '.join(sorted(others))}; correct or remove the row."
            )


def _present(path: Path, columns: tuple[str, ...]) -> set[tuple[str, ...]]:
    table = read_existing(path)
    rows = table.rows if table else ()
    return {tuple(row.get(column) for column in columns) for row in rows}


def _participant_row(intake: Intake) -> dict[str, str]:
    return {
        "participant_id": intake.participant_id,
        "include": "no" if intake.exclusion_reason else "yes",
        "exclusion_reason": intake.exclusion_reason,
        "age_years": "" if intake.age_years is None else str(intake.age_years),
        "sex": intake.sex,
    }


def _series_row(study: Path, participant: str, kind: str, series: SeriesSummary) -> dict[str, str]:
    return {
        "participant_id": participant,
        "kind": kind,
        "path": _shown_path(study, series.folder),
        "series_uid": series.uid if series.shares_folder else "",
    }


def _proposal_rows(study: Path, intakes: tuple[Intake, ...]) -> list[dict[str, str]]:
    return [
        _series_row(study, intake.participant_id, kind, series)
        | {
            "proposed": "yes" if proposed else "no",
            "reason": why,
            "series_number": series.number,
            "n_files": str(series.n_files),
        }
        for intake in intakes
        for kind, proposed, series, why in all_series(intake)
    ]


def _shown_path(study: Path, folder: Path) -> str:
    """Return a path relative to the study where the folder lies in it, else the whole path."""
    inside = folder.is_relative_to(study)
    return folder.relative_to(study).as_posix() if inside else str(folder)
