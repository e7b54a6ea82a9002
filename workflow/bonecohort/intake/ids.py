"""Study IDs, and the key that tells whose they are: a private file outside the study."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault
from bonecohort.intake.header import Identity, day_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

KEY_COLUMNS = ("participant_id", "patient_id", "issuer_of_patient_id", "first_date")
OWNER_ONLY = 0o600


def key_path(study: Path) -> Path:
    """Return where the key of a study lies: beside its folder, never inside it."""
    return study.parent / f"{study.name}_id_key.tsv"


class IdKey:
    """Which participant is which patient: read from the key file, and added to it at once.

    ``first_date`` is the date of the first file met of a patient. Elsewhere only the days since
    then are kept: enough to tell how far apart a CT and an MR are, and no date.
    """

    def __init__(self, path: Path, taken: Collection[str]) -> None:
        self.path = path
        self._taken = {name.lower() for name in taken}
        self._ids: dict[Identity, str] = {}
        self._first_days: dict[str, int | None] = {}
        self._last_number = 0
        if path.is_file():
            self._read()

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def participant_ids(self) -> tuple[str, ...]:
        """Every ID given, in the order of giving."""
        return tuple(self._first_days)

    def id_of(self, identity: Identity, date: str) -> str:
        """Return a patient's study ID; a patient not met before gets the next free one."""
        if identity not in self._ids:
            name = self._next()
            self._append((name, identity.patient_id, identity.issuer, date))
            self._remember(name, identity, date)
        return self._ids[identity]

    def days_since_first(self, participant_id: str, date: str) -> int | None:
        """Return the days from the participant's first date; None when either is unknown."""
        first, day = self._first_days[participant_id], day_of(date)
        return None if first is None or day is None else day - first

    def _next(self) -> str:
        while True:
            self._last_number += 1
            name = f"P{self._last_number:03d}"
            if name.lower() not in self._taken:
                return name

    def _remember(self, name: str, identity: Identity, date: str) -> None:
        self._ids[identity] = name
        self._first_days[name] = day_of(date)
        self._taken.add(name.lower())

    def _read(self) -> None:
        with self.path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, delimiter="\t")
            if tuple(rows.fieldnames or ()) != KEY_COLUMNS:
                raise StudyFault(
                    [f"{self.path.name}: the columns {', '.join(KEY_COLUMNS)} are expected."]
                )
            for row in rows:
                identity = Identity(row["patient_id"], row["issuer_of_patient_id"])
                self._remember(row["participant_id"], identity, row["first_date"])

    def _append(self, row: tuple[str, ...]) -> None:
        new = not self.path.is_file()
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
        with os.fdopen(handle, "a", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
            if new:
                writer.writerow(KEY_COLUMNS)
            writer.writerow(row)
