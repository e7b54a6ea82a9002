"""`bonecohort init`: from an export to a study folder that is ready to edit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault, StudyFault
from bonecohort.intake.cache import HeaderCache
from bonecohort.intake.propose import found_on_request, propose, proposed_modalities
from bonecohort.intake.proposed_rows import (
    PROPOSALS,
    Intake,
    all_series,
    rows_of_others,
    write_tables,
)
from bonecohort.intake.rules import proposed_rules
from bonecohort.intake.series import summarise_participant
from bonecohort.intake.study_ids import IdKey, StudyDoubt, doubt_reasons, key_path
from bonecohort.intake.tables import read_existing, write_config
from bonecohort.intake.walk import find_files, read_batches
from bonecohort.study.config import CONFIG_PATH, read_config
from bonecohort.study.study import settings_meant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from bonecohort.intake.propose import Proposal
    from bonecohort.intake.rules import Rules
    from bonecohort.study.settings import Settings

CACHE = ".bonecohort/headers.sqlite"


@dataclass(frozen=True)
class InitSummary:
    """What an init found and wrote."""

    n_files: int
    n_read: int  # headers read in this run; the others were known
    left_out: dict[str, int]  # files in no series, by reason
    n_series: int
    participants: tuple[Intake, ...]
    added_participants: tuple[str, ...]
    included_again: tuple[str, ...]  # left out by a former run, and with a usable series now
    added_series: tuple[tuple[str, str], ...]  # participant, kind
    doubts: tuple[StudyDoubt, ...]  # participants that may be one person
    rows_of_others: tuple[str, ...]  # rows of the series table that show another's images
    key_file: Path
    were_open: tuple[Path, ...]  # private files that others could read until now
    proposals_file: Path

    @property
    def further(self) -> dict[str, int]:
        """How many participants have a series of each kind that is proposed on request only."""
        return dict(Counter(kind for intake in self.participants for kind in intake.further))

    def proposal(self, participant_id: str, kind: str) -> Proposal:
        """Return one participant's proposal for one kind."""
        return next(
            proposal
            for intake in self.participants
            if intake.participant_id == participant_id
            for proposal in intake.proposals
            if proposal.kind == kind
        )


def init_study(
    root: Path,
    study: Path,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    asked: Collection[str] = (),
) -> InitSummary:
    """Read an export and write, or add to, a study's config and tables.

    Parameters
    ----------
    root
        Folder of the export, of any shape; it is only read.
    study
        The study folder. The ID key is written beside it, as ``{name}_id_key.tsv``.
    jobs
        Processes that read headers.
    progress
        Called with the number of headers read and the number to be read.
    asked
        Kinds that are proposed on request.

    Raises
    ------
    StudyFault
        When a kind is never proposed, or ``root`` is no folder. When the study's config or tables
        cannot be read, or the study has participants but its ID key is missing.
    """
    root, study = root.resolve(), study.resolve()
    if not root.is_dir():
        raise StudyFault([f"{root}: no such folder; the folder of a DICOM export is expected."])
    by_kind = proposed_rules(asked)
    settings = _settings(study)
    known = _existing_ids(study, settings)
    key = IdKey(key_path(study), known)
    cache = HeaderCache(study / CACHE)
    try:
        if not len(key):
            _check_key_not_lost(cache, key)
        cache.forget_unless_known(key)
        n_read = _read(cache, key, root, study, jobs=jobs, progress=progress)
        records, doubts = key.settle()
        present = _present(records, cache.records())
        doubts = tuple(one for one in doubts if {one.first, one.second} <= set(present))
        reasons = doubt_reasons(doubts)
        intakes = tuple(
            _intake(
                cache,
                name,
                key.offset_days(records[name]),
                allowed_kev=settings.images.monoenergetic_kev,
                reason=reasons.get(name, ""),
                by_kind=by_kind,
            )
            for name in present
        )
        write_config(study)
        added, again, rows = write_tables(cache, study, settings, intakes)
        return InitSummary(
            n_files=cache.count_found(),
            n_read=n_read,
            left_out=cache.count_left_out(),
            n_series=sum(_count_series(intake) for intake in intakes),
            participants=intakes,
            added_participants=added,
            included_again=again,
            added_series=rows,
            doubts=doubts,
            rows_of_others=tuple(rows_of_others(cache, study, settings, records)),
            key_file=key.path,
            were_open=tuple(
                path
                for path, was_open in ((key.path, key.was_open), (study / CACHE, cache.was_open))
                if was_open
            ),
            proposals_file=study / PROPOSALS,
        )
    finally:
        cache.close()


def _count_series(intake: Intake) -> int:
    """Return how many series a participant has; each may be judged for several kinds."""
    return len({id(one) for _, _, one, _ in all_series(intake)})


def _settings(study: Path) -> Settings:
    content, problems = read_config(study / CONFIG_PATH)
    settings, faults = settings_meant(study, content)
    if problems or faults:
        raise StudyFault([*problems, *faults])
    return settings


def _existing_ids(study: Path, settings: Settings) -> list[str]:
    """Return the IDs in the participants table; check that both tables can be added to."""
    problems, known = [], []
    for name in (settings.participants, settings.series):
        try:
            table = read_existing(study / name)
        except DataFault as fault:
            problems.append(fault.reason)
            continue
        if table is not None and "participant_id" not in table.columns:
            problems.append(f"{name}: column 'participant_id' is missing.")
        if table is not None and name == settings.participants:
            known = [row.get("participant_id") for row in table.rows]
    if problems:
        raise StudyFault(problems)
    return known


def _check_key_not_lost(cache: HeaderCache, key: IdKey) -> None:
    """Without the key nobody knows whose the study's IDs are: giving them anew would mix people."""
    if cache.knows_headers():
        lost = f"{key.path}: the ID key is missing, though IDs were given from it; put it back. "
        anew = "To give all IDs anew, remove .bonecohort and both tables from the study."
        raise StudyFault([lost + anew])


def _read(
    cache: HeaderCache,
    key: IdKey,
    root: Path,
    study: Path,
    *,
    jobs: int,
    progress: Callable[[int, int], None] | None,
) -> int:
    cache.compare(root, find_files(root, left_out=study))
    if not cache.count_found():
        raise StudyFault([f"{root}: holds no file; the folder of a DICOM export is expected."])
    total, done = cache.count_unread(), 0
    for headers in read_batches(cache.unread(), jobs):
        cache.add(headers, key)
        done += len(headers)
        if progress:
            progress(done, total)
    return total


def _present(records: Mapping[str, Sequence[int]], result: Iterable[int]) -> tuple[str, ...]:
    """Return the participants of whom a file was found, in the order they were met."""
    whose = {number: name for name, numbers in records.items() for number in numbers}
    return tuple(dict.fromkeys(whose[number] for number in result))


def _intake(
    cache: HeaderCache,
    participant_id: str,
    offset_days: Mapping[int, int | None],
    *,
    allowed_kev: tuple[float, float] | None,
    reason: str,
    by_kind: Mapping[str, Rules],
) -> Intake:
    """Gather what is known of a participant; ``reason`` says why it is in doubt who that is."""
    series = summarise_participant(cache, offset_days, allowed_kev)
    proposals = propose(participant_id, series, by_kind)
    chosen = [proposal.chosen for proposal in proposals if proposal.chosen]
    described = [*chosen, *series]
    modalities = proposed_modalities(by_kind)
    sexes = {one.sex for one in series if one.sex}
    if not reason and len(sexes) > 1:
        reason = "Images of both sexes under one PatientID: perhaps several people"
    elif not reason and not chosen:
        reason = "; ".join(f"{proposal.kind}: {proposal.reason}" for proposal in proposals)
    return Intake(
        participant_id=participant_id,
        proposals=proposals,
        others=tuple(
            (one, one.refusal or f"modality {one.modality or 'absent'}")
            for one in series
            if one.modality not in modalities
        ),
        age_years=next((one.age_years for one in described if one.age_years is not None), None),
        sex=next(iter(sexes)) if len(sexes) == 1 else "",
        exclusion_reason=reason,
        further=found_on_request(series, by_kind),
    )
