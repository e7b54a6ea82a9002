"""Which records of identity are of one person, by all that they say.

What shares a PatientID or a study is compared. Where nothing contradicts, it is one person. Where
something does, only those are kept together that agree in name or birth date too, and the others
are listed: nobody's CT is paired with what may be another's MR. IDs once given stay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from bonecohort.intake.identity import IN_FOLDER, Comparison, Identity, compare
from bonecohort.intake.person_names import same_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

MOST_COMPARED = 200
"""So many different identities under one PatientID or in one study are compared, not more."""
STUDIES_OF_EVERYBODY = 3
TOO_MANY = "it is shared by more people than can be distinguished"


@dataclass(frozen=True)
class Record:
    """One identity as met in files, and the participant it was given to ('' when to nobody yet).

    ``decided`` says that the user has settled it: what contradicts it is not reported again.
    """

    number: int
    identity: Identity
    participant_id: str = ""
    decided: bool = False


@dataclass(frozen=True)
class Person:
    """Records of one person, the first met first."""

    records: tuple[Record, ...]

    @property
    def participant_id(self) -> str:
        """The ID given to the person; '' when there is none yet."""
        return next((record.participant_id for record in self.records if record.participant_id), "")


@dataclass(frozen=True)
class Doubt:
    """Two persons that may be one: what they share, and what speaks against it.

    ``linked`` is False where only name and birth date are the same.
    """

    first: Person
    second: Person
    shared: str
    against: tuple[str, ...]
    linked: bool = True


@dataclass(eq=False)
class _Card:
    """Records that say the same, whatever their study, and were given to the same participant."""

    identity: Identity  # without study
    records: list[Record]

    def __post_init__(self) -> None:
        self.participant_id = self.records[0].participant_id
        self.studies = {record.identity.study for record in self.records} - {""}


def people_of(records: Sequence[Record]) -> tuple[list[Person], list[Doubt]]:
    """Return every person, in the order in which they were met, and who may yet be one person."""
    persons: list[Person] = []
    doubts: list[Doubt] = []
    for near in _near_one_another(_cards(_taken_over(records))):
        result, doubtful = _persons_of(near)
        persons += result
        doubts += doubtful
    persons.sort(key=lambda person: person.records[0].number)
    doubts += _namesakes(persons, doubts)
    settled = [
        doubt
        for doubt in doubts
        if not any(record.decided for record in (*doubt.first.records, *doubt.second.records))
    ]
    return persons, settled


def _taken_over(records: Sequence[Record]) -> list[Record]:
    """Give participants of whom a former key kept the PatientID alone to the first it may mean.

    What contradicts the first was then taken for the same person; it is no longer.
    """
    given: dict[int, str] = {}
    new: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if _says_more(record.identity) and not record.participant_id:
            new.setdefault((record.identity.patient_id, record.identity.issuer), []).append(record)
    for old in records:
        if old.participant_id and not _says_more(old.identity):
            of_it = new.pop((old.identity.patient_id, old.identity.issuer), [])
            given |= {
                record.number: old.participant_id
                for record in of_it
                if not compare(of_it[0].identity, record.identity, share_a_study=False).against
            }
    return [
        replace(record, participant_id=given.get(record.number, record.participant_id))
        for record in records
    ]


def _says_more(identity: Identity) -> bool:
    return bool(identity.study or identity.sex or identity.says_who)


def _cards(records: Sequence[Record]) -> list[_Card]:
    cards: dict[tuple[Identity, str], list[Record]] = {}
    everybodys = _id_of_everybody(records)
    for record in records:
        identity = replace(record.identity, study="")
        if everybodys and identity.patient_id == everybodys:
            identity = replace(identity, patient_id="")
        # Without an ID, files of two studies are of two people.
        study = "" if identity.has_id else record.identity.study
        key = (replace(identity, study=study), record.participant_id)
        cards.setdefault(key, []).append(record)
    return [_Card(replace(key[0], study=""), result) for key, result in cards.items()]


def _id_of_everybody(records: Sequence[Record]) -> str:
    """Return the PatientID that an anonymised export gave to all its studies; '' if there is none.

    One or two studies under a PatientID alone may be of one person, who has no name.
    """
    ids = {record.identity.patient_id for record in records if record.identity.has_id}
    nameless = not any(record.identity.says_who for record in records)
    studies = {record.identity.study for record in records}
    return ids.pop() if nameless and len(ids) == 1 and len(studies) >= STUDIES_OF_EVERYBODY else ""


def _near_one_another(cards: Sequence[_Card]) -> list[list[_Card]]:
    """Part the cards into those that can have to do with each other, by what they share."""

    def shared(card: _Card) -> Iterator[Hashable]:
        if card.identity.has_id:
            yield "id", card.identity.patient_id
        if card.participant_id:
            yield "participant", card.participant_id
        for study in card.studies:
            yield "study", study

    first: dict[Hashable, int] = {}
    pairs = [
        (first.setdefault(key, index), index)
        for index, card in enumerate(cards)
        for key in shared(card)
    ]
    return [[cards[at] for at in group] for group in _joined(len(cards), pairs)]


def _joined(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Return the groups into which pairs join the numbers below ``count``, each in order."""
    parent = list(range(count))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, list[int]] = {}
    for at in range(count):
        groups.setdefault(root(at), []).append(at)
    return list(groups.values())


def _persons_of(cards: list[_Card]) -> tuple[list[Person], list[Doubt]]:
    if len(cards) == 1:
        return [_person(cards)], []
    if len(cards) > MOST_COMPARED:
        return _each_alone(cards)
    said = {
        (one, other): compare(
            cards[one].identity, cards[other].identity, _share_a_study(cards[one], cards[other])
        )
        for one, other in combinations(range(len(cards)), 2)
    }
    persons: list[Person] = []
    doubts: list[Doubt] = []
    linked = [pair for pair in said if said[pair].linked_by or _given_to_one(cards, pair)]
    for group in _joined(len(cards), linked):
        inside = {pair: said[pair] for pair in combinations(group, 2)}
        clusters = _clusters(cards, group, inside)
        result = [_person([cards[at] for at in cluster]) for cluster in clusters]
        persons += result
        for (one, first), (other, second) in combinations(zip(clusters, result, strict=True), 2):
            between = [inside[min(a, b), max(a, b)] for a in one for b in other]
            doubts += _doubt(first, second, between)
    return persons, doubts


def _share_a_study(card: _Card, other: _Card) -> bool:
    """Whether they share a study; a folder counts as one for files without any ID alone."""
    shared = card.studies & other.studies
    if card.identity.has_id or other.identity.has_id:
        shared = {study for study in shared if not study.startswith(IN_FOLDER)}
    return bool(shared)


def _given_to_one(cards: Sequence[_Card], pair: tuple[int, int]) -> bool:
    one, other = (cards[at].participant_id for at in pair)
    return bool(one) and one == other


def _clusters(
    cards: Sequence[_Card], group: list[int], said: dict[tuple[int, int], Comparison]
) -> list[list[int]]:
    """Part linked cards into persons."""
    given = {cards[at].participant_id for at in group} - {""}
    if len(given) <= 1 and not _contradicted(cards, said):
        return [group]
    agreeing = [
        pair
        for pair, comparison in said.items()
        if _given_to_one(cards, pair)
        or (comparison.linked_by and comparison.agree and not comparison.against)
    ]
    places = {at: place for place, at in enumerate(group)}
    joined = _joined(len(group), [(places[one], places[other]) for one, other in agreeing])
    clusters = []
    for result in joined:
        cluster = [group[place] for place in result]
        clusters += [cluster] if _holds(cards, cluster, said) else _apart(cards, cluster)
    return clusters


def _contradicted(cards: Sequence[_Card], said: dict[tuple[int, int], Comparison]) -> bool:
    """Whether any two contradict each other that were not given to one participant."""
    return any(
        comparison.against and not _given_to_one(cards, pair) for pair, comparison in said.items()
    )


def _holds(
    cards: Sequence[_Card], cluster: list[int], said: dict[tuple[int, int], Comparison]
) -> bool:
    given = {cards[at].participant_id for at in cluster} - {""}
    inside = {pair: said[pair] for pair in combinations(cluster, 2)}
    return len(given) <= 1 and not _contradicted(cards, inside)


def _apart(cards: Sequence[_Card], cluster: list[int]) -> list[list[int]]:
    """Part a cluster that does not hold: by the participants given, every other card alone."""
    parts: dict[Hashable, list[int]] = {}
    for at in cluster:
        parts.setdefault(cards[at].participant_id or at, []).append(at)
    return list(parts.values())


def _person(cards: Iterable[_Card]) -> Person:
    records = [record for card in cards for record in card.records]
    return Person(tuple(sorted(records, key=lambda record: record.number)))


def _doubt(first: Person, second: Person, said: Iterable[Comparison]) -> list[Doubt]:
    """Return what makes it doubtful that two persons of shared ID or study are two."""
    said = list(said)
    shared = dict.fromkeys(comparison.linked_by for comparison in said if comparison.linked_by)
    against = dict.fromkeys(
        what for comparison in said if comparison.linked_by for what in comparison.against
    )
    if not shared:
        return []
    return [Doubt(first, second, " and ".join(shared), tuple(against))]


def _each_alone(cards: list[_Card]) -> tuple[list[Person], list[Doubt]]:
    parts: dict[Hashable, list[_Card]] = {}
    for at, card in enumerate(cards):
        parts.setdefault(card.participant_id or at, []).append(card)
    persons = [_person(part) for part in parts.values()]
    shared = "PatientID or StudyInstanceUID"
    return persons, [Doubt(persons[0], person, shared, (TOO_MANY,)) for person in persons[1:]]


def _namesakes(persons: Sequence[Person], known_doubts: Sequence[Doubt]) -> Iterator[Doubt]:
    """Yield persons of one name and birth date who share neither PatientID nor study."""
    known = {
        (doubt.first.records[0].number, doubt.second.records[0].number) for doubt in known_doubts
    }
    born: dict[str, list[tuple[Person, Identity]]] = {}
    for person in persons:
        for identity in {replace(record.identity, study="") for record in person.records}:
            if identity.birth_date and identity.says_who:
                born.setdefault(identity.birth_date, []).append((person, identity))
    for result in born.values():
        if len(result) > MOST_COMPARED:
            continue
        for (first, one), (second, other) in combinations(result, 2):
            pair = (first.records[0].number, second.records[0].number)
            if first is second or pair in known or not same_name(one.name, other.name):
                continue
            known.add(pair)
            yield Doubt(first, second, "name and birth date", ("another PatientID",), linked=False)
