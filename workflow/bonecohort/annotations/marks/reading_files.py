"""The files of one reader's reading: which there are, and which no reader made."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bonecohort.annotations.dicom_files import DICOM_ENDINGS, is_dicom
from bonecohort.faults import DataFault
from bonecohort.study.folders import entries_below

if TYPE_CHECKING:
    import os

SYSTEM_FOLDERS = frozenset({"__macosx", ".trashes", ".spotlight-v100", ".fseventsd", "@eadir"})
"""Folders that operating systems and network disks make (macOS, Synology)."""
SYSTEM_FILES = re.compile(
    r"\.ds_store|thumbs\.db|ehthumbs\.db|desktop\.ini|\.directory|icon\r|\.localized"
    r"|~\$.*|\.~lock\..*#",
    re.IGNORECASE,
)
"""Files that Finder, Explorer, Dolphin and office programs leave in a folder that is opened."""
FORK_PREFIX = "._"
"""How macOS calls what it cannot store on a foreign disk: resources of the file of that name."""
JSON_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")


@dataclass
class ReadingFiles:
    """Files that a reader may have made, in a fixed order; and why others are none or not read."""

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
    found = ReadingFiles()
    odd: list[os.DirEntry[str]] = []
    try:
        entries = [Path(entry.path) for entry in entries_below(str(folder), odd)]
    except OSError as error:
        message = f"A folder of the marks cannot be opened ({error.strerror})."
        raise DataFault(message) from error
    for path in entries:
        if is_of_the_system(path.relative_to(folder), path):
            found.skipped.append(_told(path))
        else:
            found.files.append(path)
    found.unread += [_why_odd(entry) for entry in odd]
    return found


def is_of_the_system(name: Path, path: Path, *, named_only: bool = False) -> bool:
    """Whether a file was left by an operating system: by its name, a fork by its content too.

    ``named_only`` leaves a fork's content for later.
    """
    if any(part.lower() in SYSTEM_FOLDERS for part in name.parts[:-1]):
        return True
    if SYSTEM_FILES.fullmatch(name.name):
        return True
    if not name.name.startswith(FORK_PREFIX) or named_only:
        return False
    try:
        with path.open("rb") as stream:
            return not JSON_BEGINS.match(stream.read(16))
    except OSError:  # closed to this user: what it holds is unread
        return False


def _told(path: Path) -> str:
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
