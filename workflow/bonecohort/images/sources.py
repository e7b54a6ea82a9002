"""The files behind one series: a folder searched recursively, a zip of one, or a single file.

Folders and files of images are often called after the patient, so no reason names them. There is
one path of a kind in series.tsv for each participant. A slice has its number.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.images.archives import BAD_ZIP, open_archive
from bonecohort.study.folders import entries_below
from bonecohort.study.paths import refuse_absent

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, eq=False)
class SourceFile:
    """One file, on disk or inside a zip. Its name may identify a patient: never print it."""

    name: str
    open: Callable[[], IO[bytes]]
    is_on_disk: bool = False


@contextmanager
def open_source(source: Path) -> Iterator[list[SourceFile]]:
    """Yield the files of a folder, a zip or a single file, in a fixed order.

    Raises
    ------
    DataFault
        When the path does not exist, holds no file, or is a zip that cannot be read.
    """
    refuse_absent(source)
    if source.is_dir():
        yield _not_empty(_folder_files(source))
    elif source.suffix.lower() == ".zip":
        with _open_zip(source) as archive:
            yield _not_empty(_zip_files(archive))
    elif not source.is_file():
        raise DataFault("The path that series.tsv gives is neither a file nor a folder.")
    else:
        yield [_on_disk(source.name, source)]


def _not_empty(files: list[SourceFile]) -> list[SourceFile]:
    if not files:
        raise DataFault("The folder or zip holds no file: a DICOM series was expected.")
    return files


def _on_disk(name: str, path: Path) -> SourceFile:
    return SourceFile(name, lambda: path.open("rb"), is_on_disk=True)


def _folder_files(folder: Path) -> list[SourceFile]:
    try:
        entries = list(entries_below(str(folder)))
    except OSError as error:
        why = f"A folder in the path that series.tsv gives cannot be opened ({error.strerror})."
        raise DataFault(why) from error
    return [_on_disk(entry.name, Path(entry.path)) for entry in entries]


def _open_zip(source: Path) -> zipfile.ZipFile:
    try:
        return open_archive(source, "The zip")
    except BAD_ZIP as error:
        raise DataFault("The path that series.tsv gives is not a readable zip file.") from error


def _zip_files(archive: zipfile.ZipFile) -> list[SourceFile]:
    members = sorted(
        (member for member in archive.infolist() if member.filename and not member.is_dir()),
        key=lambda member: member.filename,
    )
    return [
        SourceFile(Path(member.filename).name, partial(archive.open, member)) for member in members
    ]
