"""Zip archives that the project did not write, opened once their declared sizes are checked.

The standard library reads no more of a member than its entry in the list of files declares. So the
declared sizes bound what is unpacked.
"""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING

from bonecohort.faults import DataFault
from bonecohort.limits import (
    ARCHIVE_BYTES,
    ARCHIVE_DIRECTORY_BYTES,
    ARCHIVE_MEMBERS,
    MEMBER_BYTES,
    check_limit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# The end of a zip's list of files (PKWARE APPNOTE 4.3.14 to 4.3.16), and the longest comment.
END, END_64 = b"PK\x05\x06", b"PK\x06\x06"
END_BYTES, END_64_BYTES, COMMENT_BYTES = 22, 76, 65535
SIZE_AT, SIZE_64_AT = 12, 40
ENCRYPTED = 0x1  # bit 0 of a member's flags
BAD_ZIP = (NotImplementedError, OSError, ValueError, zipfile.BadZipFile)


def open_archive(path: Path, called: str) -> zipfile.ZipFile:
    """Open a zip for reading.

    Parameters
    ----------
    path
        The file.
    called
        What a fault calls it.

    Raises
    ------
    DataFault
        It is encrypted, or holds more than is read.
    One of ``BAD_ZIP``
        It is no readable zip.
    """
    _check_directory(path, called)
    archive = zipfile.ZipFile(path)
    try:
        members = archive.infolist()
        check_limit(f"{called} holds", len(members), ARCHIVE_MEMBERS, "files")
        check_unpacked(members, called, ARCHIVE_BYTES)
        if any(member.flag_bits & ENCRYPTED for member in members):
            raise DataFault(f"{called} is encrypted: give one without a password.")
    except DataFault:
        archive.close()
        raise
    return archive


def check_unpacked(members: Iterable[zipfile.ZipInfo], called: str, limit: int) -> None:
    """Raise a DataFault when members of a zip unpack to more than a limit, in bytes."""
    sizes = [member.file_size for member in members]
    largest = max(sizes, default=0)
    check_limit(f"{called} holds a file that unpacks to", largest, MEMBER_BYTES, "bytes")
    check_limit(f"{called} unpacks to", sum(sizes), limit, "bytes")


def refuse_repeated(members: Iterable[zipfile.ZipInfo], called: str) -> None:
    """Raise a DataFault when two members of a zip unpack to one file: one would be lost."""
    parts = [
        tuple(part for part in member.filename.split("/") if part not in ("", ".", ".."))
        for member in members
    ]
    if len(set(parts)) < len(parts):
        raise DataFault(f"{called} holds two files of one name: one a name is expected.")


def _check_directory(path: Path, called: str) -> None:
    """Check the size of the list of files before it is read: each entry becomes an object."""
    with path.open("rb") as stream:
        length = stream.seek(0, 2)
        stream.seek(max(0, length - END_BYTES - END_64_BYTES - COMMENT_BYTES))
        tail = stream.read()
    for mark, at, form in ((END, SIZE_AT, "<L"), (END_64, SIZE_64_AT, "<Q")):
        result = tail.rfind(mark)
        if result >= 0 and len(tail) >= result + at + struct.calcsize(form):
            (size,) = struct.unpack_from(form, tail, result + at)
            if size <= length:  # else it is no list of this file, and zipfile says so
                what = f"{called} has a list of files of"
                check_limit(what, size, ARCHIVE_DIRECTORY_BYTES, "bytes")
