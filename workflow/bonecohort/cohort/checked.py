"""What a run will leave out of what series.tsv names: a check of paths and readings tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bonecohort.cohort.collected import Collected
from bonecohort.cohort.readings import collect_readings
from bonecohort.faults import DataFault
from bonecohort.study.foresight import files_without_use
from bonecohort.study.left_out import without_effect
from bonecohort.study.paths import refuse_absent
from bonecohort.study.reviewed import rejects_not_left_out

if TYPE_CHECKING:
    from pathlib import Path

    from bonecohort.study.study import Study

NAMED = 5
"""Participants or rows named of a reason, before the rest is counted."""


def checked_words(study: Study, folder: Path, called: str) -> str:
    """Return what there is to say of a study whose own files are sound.

    ``called`` is what the folder is called in it.
    """
    result = check_words(study, folder)
    tables = (study.settings.participants, study.settings.series)
    of_tables = [warning for warning in study.warnings if warning.startswith(tables)]
    of_places = [*without_effect(study), *rejects_not_left_out(study)]
    of_tables += of_places
    exclusions = f", {len(study.exclusions)} rows of exclusions" if study.exclusions_path else ""
    heading = (
        f"{called}: {len(study.participants)} participants listed ({len(study.included)} "
        f"included), {len(study.series)} series rows{exclusions}; "
        f"{'see below' if result or of_tables or study.notes else 'no problem found'}."
    )
    lines = [
        heading,
        *(f"  Note: {note}" for note in study.notes),
        *(f"  Warning: {warning}" for warning in (*study.warnings, *of_places)),
    ]
    if result:
        lines.append("  Faults of single participants. The run leaves these out and continues:")
    return "\n".join([*lines, *(f"    {line}" for line in result)])


def check_words(study: Study, folder: Path) -> list[str]:
    """Return, line by line, what of the participants' files cannot be read, and why.

    Images and marks are only looked for; the run reads them. Readings tables are read.
    """
    reasons: dict[str, dict[str, None]] = {}
    absent = set()
    for row in study.series:
        if not study.participants[row.participant_id].include:
            continue
        try:
            refuse_absent(folder / row.path, written=row.path)
        except DataFault as fault:
            absent.add(row.path)
            where = f"{row.participant_id} ({row.kind}, row {row.row_number})"
            places = reasons.setdefault(f"{study.settings.series}: {fault.reason}", {})
            places[where] = None
    for lacking, names in files_without_use(study).items():
        reasons.setdefault(f"{study.settings.series}: {lacking}", {}).update(dict.fromkeys(names))
    result = Collected()
    collect_readings(study, folder, result)
    for excluded in result.exclusions:
        if not any(excluded.reason.startswith(f"{path}:") for path in absent):
            reasons.setdefault(excluded.reason, {})[excluded.participant_id] = None
    lines = [f"{reason} [{_joined(list(places))}]" for reason, places in reasons.items()]
    return [*lines, *(f"Note: {note}" for note in result.notes)]


def _joined(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
