"""The files of one reader's reading: which there are, and which no reader made."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import DICOM_ENDINGS, is_dicom
from bonecohort.annotations.system_files import FORK_PREFIX, is_of_the_system
from bonecohort.faults import DataFault
from bonecohort.study.folders import entries_below

if TYPE_CHECKING:
    import os


@dataclass
class ReadingFiles:
    """Files that a reader may have made, in a fixed order, and why others are not read."""

    files: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def files_of_reading(folder: Path) -> ReadingFiles:
    """Look through a folder at any depth; links to folders are followed, each folder once.

    Raises
    ------
    DataFault
        The folder, or one in it, may not be opened.
    """
    result = ReadingFiles()
    odd: list[os.DirEntry[str]] = []
    try:
        entries = [Path(entry.path) for entry in entries_below(str(folder), odd)]
    except OSError as error:
        message = f"A folder of the marks cannot be opened ({error.strerror})."
        raise DataFault(message) from error
    for path in entries:
        if is_of_the_system(path.relative_to(folder), path):
            result.skipped.append(_name_in_message(path))
        else:
            result.files.append(path)
    result.unread += [_why_odd(entry) for entry in odd]
    return result


def _name_in_message(path: Path) -> str:
    """Return what to call a file that is skipped: a DICOM file's name may be the patient's."""
    origin = path.with_name(path.name.removeprefix(FORK_PREFIX))
    if origin.suffix.lower() in DICOM_ENDINGS or is_dicom(origin):
        return f"{FORK_PREFIX} of a DICOM file"
    return path.name


def _why_odd(entry: os.DirEntry[str]) -> str:
    may_be_dicom = Path(entry.name).suffix.lower() in ("", *DICOM_ENDINGS)
    called = "A file among the marks" if may_be_dicom else entry.name
    if entry.is_symlink():
        return f"{called} is a link to something that is not there"
    mode = entry.stat(follow_symlinks=False).st_mode
    kind = "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
    return f"{called} is {kind} and no file"
