"""The files of a study that hold DXA: each read once, and what is one participant's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.cohort.table_ids import ID_COLUMN, by_owner
from bonecohort.faults import DataFault
from bonecohort.study.cells import Table
from bonecohort.study.tables import read_table
from bonecohort.techniques.dxa.fhir import read_observations
from bonecohort.techniques.dxa.fhir_file import FhirFile, read_fhir
from bonecohort.techniques.dxa.table import DxaTable, dxa_table, id_heading
from bonecohort.techniques.dxa.table_rows import read_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bonecohort.cohort.table_ids import RowsByOwner
    from bonecohort.techniques.dxa.reading import Read
    from bonecohort.techniques.dxa.settings import DxaSettings

JSON_BEGINS = (b"{", b"[")
FIRST_BYTES = 64
MOST_NAMED = 20
MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class OwnedTable:
    """A table, and whose its rows are."""

    dxa: DxaTable
    rows: RowsByOwner


@dataclass
class DxaFiles:
    """The files of a study.

    ``participants`` are the IDs of the participants table; ``listed_for`` says for how many a file
    is listed in series.tsv.
    """

    folder: Path
    participants: Collection[str]
    listed_for: Mapping[str, int]
    settings: DxaSettings
    _read_or_reason: dict[str, OwnedTable | FhirFile | str] = field(default_factory=dict)

    def of_participant(self, path: str, participant_id: str, reader: str) -> Read:
        """Return what a file says of a participant.

        Raises
        ------
        DataFault
            It cannot be read, or says nothing of the participant.
        """
        result = self._found(path)
        if isinstance(result, FhirFile):
            return self._of_fhir(result, participant_id, reader)
        rows = result.rows.exact.get(participant_id, [])
        if not rows:
            near = [row.sentence(path) for row in result.rows.near.get(participant_id, [])]
            raise DataFault(" ".join([f"{path}: no row of this participant.", *near]))
        return read_rows(result.dxa, rows, reader)

    def notes(self) -> Iterator[str]:
        """Yield how files were read where that is not plain."""
        for result in self._read_or_reason.values():
            if isinstance(result, OwnedTable):
                yield from result.dxa.table.notes
                if result.dxa.unread:
                    yield (
                        f"{result.dxa.table.path}: columns of regions that are not known were not "
                        f"read: {', '.join(result.dxa.unread[:MOST_NAMED])}. Map them in "
                        "bmd.columns if they are of spine, hip or radius."
                    )

    def strangers(self) -> Iterator[tuple[str, str]]:
        """Yield every file with rows that fit nobody, and how many they are."""
        for path, result in self._read_or_reason.items():
            if isinstance(result, OwnedTable) and result.rows.strangers:
                yield path, result.rows.strangers_text()

    def of_other_levels(
        self,
        levels: Collection[str],  # noqa: ARG002 - the study's levels are no sites of DXA
    ) -> Iterator[tuple[str, int, list[str]]]:
        """Yield nothing: the sites of DXA are not the study's levels."""
        yield from ()

    def _of_fhir(self, file: FhirFile, participant_id: str, reader: str) -> Read:
        own = file.observations
        if len(file.subjects) > 1 or self.listed_for.get(file.path, 1) > 1:
            own = tuple(observation for observation in own if observation.subject == participant_id)
        if not own:
            raise DataFault(
                f"{file.path}: no Observation of this participant; a subject.reference such as "
                "Patient/P001, with the study's ID, is expected."
            )
        return read_observations(file.path, own, reader)

    def _found(self, path: str) -> OwnedTable | FhirFile:
        if path not in self._read_or_reason:
            try:
                self._read_or_reason[path] = self._read(path)
            except DataFault as fault:
                self._read_or_reason[path] = fault.reason.replace(str(self.folder / path), path)
        result = self._read_or_reason[path]
        if isinstance(result, str):
            raise DataFault(result)
        return result

    def _read(self, path: str) -> OwnedTable | FhirFile:
        file = self.folder / path
        if _is_json(file):
            return read_fhir(file, path)
        table = read_table(file)
        rows = tuple(replace(row, fault=row.fault.replace(str(file), path)) for row in table.rows)
        notes = tuple(note.replace(str(file), path) for note in table.notes)
        named = Table(Path(path), table.columns, rows, notes)
        return owned_table(named, self.participants, self.settings)


def owned_table(table: Table, participants: Collection[str], settings: DxaSettings) -> OwnedTable:
    """Part the rows of a table by whose they are.

    Raises
    ------
    DataFault
        It has no column of IDs, or gives no BMD.
    """
    heading = id_heading(table, settings.id_column, settings.columns)
    rows = tuple(
        replace(
            row,
            cells={**row.cells, ID_COLUMN: row.get(heading)},
            headers={**row.headers, ID_COLUMN: heading},
        )
        for row in table.rows
    )
    dxa = dxa_table(replace(table, rows=rows), settings.columns)
    return OwnedTable(dxa, by_owner(rows, participants))


def _is_json(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return stream.read(FIRST_BYTES).removeprefix(MARK).lstrip().startswith(JSON_BEGINS)
