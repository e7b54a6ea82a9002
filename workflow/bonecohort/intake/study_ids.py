"""Study IDs, and the key that says whose they are: a private file outside the study.

The key has a row for everything that headers said of a person. Rows of one ``participant_id`` are
one person: what stands there is kept, so the user decides by writing it. ``decided`` holds ``yes``
where doubts about a row are settled.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TextIO

from bonecohort.faults import StudyFault
from bonecohort.intake.header import day_of
from bonecohort.intake.identity import Identity
from bonecohort.intake.people import Person, Record, people_of
from bonecohort.intake.private_files import keep_private, private_file
from bonecohort.study.participants import PARTICIPANT_ID

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

FORMER_COLUMNS = ("participant_id", "patient_id", "issuer_of_patient_id", "first_date")
KEY_COLUMNS = (
    *FORMER_COLUMNS, "patient_name", "birth_date", "birth_year", "sex", "study_instance_uid",
    "record", "decided", "perhaps_the_same_as",
)  # fmt: skip
FORMER_WITHOUT_ID = re.compile(r"\(no PatientID; study (.*)\)", re.DOTALL)
NUMBER = re.compile(r"[0-9]{1,9}")
NOT_UTF8 = (
    "not UTF-8 text, as Excel saves a text (GBK or UTF-16 on a Chinese Windows); save it as UTF-8, "
    "with tabs between the columns."
)
MOST_NAMED = 20
MOST_NOTED = 5  # doubts named in one row of the key
YES = {"yes", "y", "true", "1", "x"}


def key_path(study: Path) -> Path:
    """Return where the key of a study lies: beside its folder, never inside it."""
    return study.parent / f"{study.name}_id_key.tsv"


@dataclass
class _Row:
    """One row of the key."""

    record: Record
    first_date: str
    perhaps: str = ""


@dataclass(frozen=True)
class StudyDoubt:
    """Two participants that may be one person, in words without identity.

    ``linked`` is False where they share no PatientID and no study.
    """

    first: str
    second: str
    shared: str
    against: tuple[str, ...]
    linked: bool

    @property
    def words(self) -> str:
        """What they share, and what speaks against it."""
        but = " and ".join(self.against) or "no other evidence"
        return f"the same {self.shared}, but {but}"


def doubt_reasons(doubts: Iterable[StudyDoubt]) -> dict[str, str]:
    """Return, of each participant not included until the user has decided, the reason."""
    others: dict[str, list[tuple[str, str]]] = {}
    for doubt in doubts:
        if doubt.linked:
            others.setdefault(doubt.first, []).append((doubt.second, doubt.words))
            others.setdefault(doubt.second, []).append((doubt.first, doubt.words))
    reasons = {}
    for name, result in others.items():
        (other, words), more = result[0], len(result) - 1
        besides = f" and {more} more" if more else ""
        reasons[name] = f"Perhaps the same person as {other}{besides} ({words}): see the ID key"
    return reasons


def doubt_words(doubts: Sequence[StudyDoubt]) -> list[str]:
    """Return who may be one person, in lines for the screen."""
    lines = [
        f"{doubt.first} and {doubt.second} "
        + ("are not taken for one person" if doubt.linked else "may be one person")
        + f": {doubt.words}."
        for doubt in doubts[:MOST_NAMED]
    ]
    if len(doubts) > MOST_NAMED:
        lines.append(f"{len(doubts) - MOST_NAMED} more who may be one person: see the ID key.")
    if doubts:
        lines.append(
            "Decide in the ID key: one participant_id in all rows of a person, or decided: yes."
        )
    return lines


class IdKey:
    """Which participant is which patient: read from the key file, and added to it at once.

    ``first_date`` is the date of the first file met with what a row says. Elsewhere only days since
    then are kept: the distance of a CT from an MR in time, and no date.

    Attributes
    ----------
    was_open
        Whether other users could read the key until now.

    Raises
    ------
    StudyFault
        When the key is a link or another user's, not UTF-8, or not a key.
    """

    def __init__(self, path: Path, taken: Collection[str]) -> None:
        self.path = path
        self.was_open = keep_private(path)
        self._taken = {name.lower() for name in taken}
        self._rows: dict[int, _Row] = {}
        self._numbers: dict[Identity, int] = {}
        self._last_number = self._last_record = 0
        if path.is_file():
            self._read()

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, number: object) -> bool:
        return number in self._rows

    def record_of(self, identity: Identity, date: str) -> int:
        """Return the number of the row that says this of a person; what is new gets one."""
        if identity not in self._numbers:
            number = self._last_record + 1
            row = _Row(Record(number, identity), date)
            self._append(row)
            self._remember(row)
        return self._numbers[identity]

    def days_since_first(self, number: int, date: str) -> int | None:
        """Return the days from a row's first date; None when either is unknown."""
        first, day = day_of(self._rows[number].first_date), day_of(date)
        return None if first is None or day is None else day - first

    def settle(self) -> tuple[dict[str, tuple[int, ...]], tuple[StudyDoubt, ...]]:
        """Say who is one person, give IDs to those who have none, and write both into the key.

        Returns
        -------
        records, doubts
            The rows of each participant, and who may yet be one person.
        """
        rows = sorted(self._rows.items())
        persons, doubts = people_of([row.record for _, row in rows])
        names = {_first(person): person.participant_id or self._next() for person in persons}
        for person in persons:
            for record in person.records:
                row = self._rows[record.number]
                row.record = replace(row.record, participant_id=names[_first(person)])
                row.perhaps = ""
        texts = [
            StudyDoubt(
                names[_first(doubt.first)], names[_first(doubt.second)],
                doubt.shared, doubt.against, doubt.linked,
            )
            for doubt in doubts
        ]  # fmt: skip
        self._note_doubts(texts)
        self._write()
        numbers = {
            names[_first(person)]: tuple(record.number for record in person.records)
            for person in persons
        }
        return numbers, tuple(texts)

    def offset_days(self, numbers: Sequence[int]) -> Mapping[int, int | None]:
        """Return how many days each row's first date is after the first known one of these rows."""
        days = {number: day_of(self._rows[number].first_date) for number in numbers}
        first = next((day for day in days.values() if day is not None), None)
        return {
            number: None if day is None or first is None else day - first
            for number, day in days.items()
        }

    def _note_doubts(self, doubts: Sequence[StudyDoubt]) -> None:
        perhaps: dict[str, list[str]] = {}
        for doubt in doubts:
            perhaps.setdefault(doubt.first, []).append(f"{doubt.second}: {doubt.words}")
            perhaps.setdefault(doubt.second, []).append(f"{doubt.first}: {doubt.words}")
        for row in self._rows.values():
            row.perhaps = "; ".join(perhaps.get(row.record.participant_id, ())[:MOST_NOTED])

    def _next(self) -> str:
        while True:
            self._last_number += 1
            name = f"P{self._last_number:03d}"
            if name.lower() not in self._taken:
                self._taken.add(name.lower())
                return name

    def _remember(self, row: _Row) -> None:
        self._rows[row.record.number] = row
        self._last_record = max(self._last_record, row.record.number)
        self._numbers.setdefault(row.record.identity, row.record.number)
        if row.record.participant_id:
            self._taken.add(row.record.participant_id.lower())

    def _read(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise StudyFault([f"{self.path.name}: {NOT_UTF8}"]) from None
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")
        columns = tuple(rows.fieldnames or ())
        if columns not in (FORMER_COLUMNS, KEY_COLUMNS):
            raise StudyFault(
                [f"{self.path.name}: the columns {', '.join(KEY_COLUMNS)} are expected."]
            )
        problems = []
        for place, cells in enumerate(rows, start=1):
            row = _former_row(place, cells) if columns == FORMER_COLUMNS else _row(cells)
            why = _why_wrong(row)
            if row.record.number in self._rows:
                why = "record: each number is expected once."
            if why:
                problems.append(f"{self.path.name}, row {place + 1}, {why}")
            self._remember(row)
        if problems:
            raise StudyFault(problems)
        if columns == FORMER_COLUMNS:
            self._write()

    def _append(self, row: _Row) -> None:
        if not self._rows:
            self._write()
        with self.path.open("a", encoding="utf-8", newline="") as stream:
            _writer(stream).writerow(_cells(row))

    def _write(self) -> None:
        stream = io.StringIO()
        writer = _writer(stream)
        writer.writerow(KEY_COLUMNS)
        writer.writerows(_cells(row) for row in self._rows.values())
        text = stream.getvalue().encode()
        if not self.path.is_file() or self.path.read_bytes() != text:
            with private_file(self.path) as unfinished:
                unfinished.write_bytes(text)


def _first(person: Person) -> int:
    return person.records[0].number


def _former_row(place: int, cells: Mapping[str, str]) -> _Row:
    """Return a row of a key that held no names."""
    patient, study = cells["patient_id"], ""
    if without := FORMER_WITHOUT_ID.fullmatch(patient):
        patient, study = "", without[1]
    identity = Identity(patient, cells["issuer_of_patient_id"], study=study)
    return _Row(Record(place, identity, cells["participant_id"]), cells["first_date"])


def _row(cells: Mapping[str, str]) -> _Row:
    identity = Identity(
        cells["patient_id"], cells["issuer_of_patient_id"], cells["patient_name"],
        cells["birth_date"], cells["birth_year"], cells["sex"], cells["study_instance_uid"],
    )  # fmt: skip
    number = int(cells["record"]) if NUMBER.fullmatch(cells["record"] or "") else 0
    decided = (cells["decided"] or "").strip().lower() in YES
    return _Row(
        Record(number, identity, (cells["participant_id"] or "").strip(), decided),
        cells["first_date"],
    )


def _why_wrong(row: _Row) -> str:
    if row.record.number <= 0:
        return "record: the number that init wrote there is expected."
    name = row.record.participant_id
    if name and not PARTICIPANT_ID.fullmatch(name):
        return (
            f"participant_id: {name!r}; letters, digits, '_' and '-' are allowed, the first a "
            "letter or digit."
        )
    return ""


def _cells(row: _Row) -> tuple[str, ...]:
    identity = row.record.identity
    return (
        row.record.participant_id, identity.patient_id, identity.issuer, row.first_date,
        identity.name, identity.birth_date, identity.birth_year, identity.sex, identity.study,
        str(row.record.number),
        "yes" if row.record.decided else "", row.perhaps,
    )  # fmt: skip


def _writer(stream: TextIO) -> Any:
    return csv.writer(stream, delimiter="\t", lineterminator="\n")
