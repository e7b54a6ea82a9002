"""Fetch every study of a table; what is there already is not fetched again."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from bonecohort.faults import DataFault, StudyFault
from bonecohort.pacs.files import Instance, remove_unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bonecohort.pacs.retrieval_list import RetrievalRow
    from bonecohort.pacs.server import Secrets, Server

NEEDED = {"c-get": "pynetdicom", "c-move": "pynetdicom", "dicomweb": "dicomweb_client"}
INSTALL = "install it with: pip install 'bonecohort[pacs]' (or: uv sync --extra pacs)"


class Archive(Protocol):
    """A PACS that answers queries and sends images.

    Every method raises a DataFault, in plain words and without identity, when the PACS refuses.
    """

    def find_studies(self, keys: Mapping[str, str]) -> list[str]:
        """Return the UIDs of the studies whose attributes equal all ``keys``."""

    def find_instances(self, study: str, modalities: Sequence[str]) -> list[Instance]:
        """Return every image of the study's series of these modalities."""

    def retrieve(self, missing: Sequence[Instance], whole: bool, folder: Path) -> None:
        """Bring images of one series into ``folder``; ``whole`` says that they are all of it."""


@dataclass
class Fetched:
    """What came of a run: counts, and the rows that failed with their reasons."""

    n_rows: int = 0
    n_images: int = 0  # there after the run, of the rows that did not fail
    n_new: int = 0
    failed: dict[int, str] = field(default_factory=dict)  # row of the table → reason


def open_archive(server: Server, secrets: Secrets) -> AbstractContextManager[Archive]:
    """Return the archive of a server, to be used in a ``with`` statement.

    Raises
    ------
    StudyFault
        When the library that speaks with it is not installed.
    """
    if find_spec(NEEDED[server.method]) is None:
        message = (
            f"Fetching by {server.method} needs {NEEDED[server.method]}, which is not installed"
        )
        raise StudyFault([f"{message}; {INSTALL}."])
    if server.method == "dicomweb":
        from bonecohort.pacs.dicomweb import open_dicomweb

        return open_dicomweb(server, secrets)
    from bonecohort.pacs.dimse import open_dimse

    return open_dimse(server)


def fetch(
    archive: Archive,
    wanted: Sequence[RetrievalRow],
    folder: Path,
    progress: Callable[[int, int], None],
) -> Fetched:
    """Fetch what each row asks for into ``folder``; a row that fails stops no other.

    Parameters
    ----------
    progress
        Called with the number of rows done and of all rows.
    """
    remove_unfinished(folder)
    result = Fetched()
    for number, row in enumerate(wanted, start=1):
        try:
            there, new = _fetch_row(archive, row, folder)
        except DataFault as fault:
            result.failed[row.row] = fault.reason
        else:
            result.n_images += there
            result.n_new += new
        result.n_rows += 1
        progress(number, len(wanted))
    return result


def _fetch_row(archive: Archive, row: RetrievalRow, folder: Path) -> tuple[int, int]:
    """Return how many images of a row are there, and how many of them are new."""
    studies = archive.find_studies(row.keys)
    if not studies:
        raise DataFault("the PACS knows no such study.")
    instances = [
        instance for study in studies for instance in archive.find_instances(study, row.modalities)
    ]
    if not instances:
        what = " or ".join(row.modalities)
        raise DataFault(f"the study is there, but holds no {what} series with images.")
    missing = [instance for instance in instances if not instance.path(folder).is_file()]
    faults = []
    for series, absent in _by_series(missing).items():
        n_images = sum(instance.series == series for instance in instances)
        try:
            archive.retrieve(absent, len(absent) == n_images, folder)
        except DataFault as fault:
            faults.append(fault.reason)
    n_absent = sum(not instance.path(folder).is_file() for instance in missing)
    if n_absent:
        faults.append(f"{n_absent} of {len(instances)} images did not arrive.")
    if faults:
        raise DataFault(" ".join(dict.fromkeys(faults)))
    return len(instances), len(missing)


def _by_series(instances: Iterable[Instance]) -> dict[str, list[Instance]]:
    result: dict[str, list[Instance]] = {}
    for instance in instances:
        result.setdefault(instance.series, []).append(instance)
    return result
