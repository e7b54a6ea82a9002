"""Files that only their owner may read: the ID key, and what is remembered of an export."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bonecohort.faults import StudyFault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWNER_ONLY = 0o600


def keep_private(path: Path) -> bool:
    """See to it that a file, if it is there, is its owner's alone.

    Returns whether others could read or write it until now.

    Raises
    ------
    StudyFault
        When it is a link or no file, for it may lead anywhere; or when it is another user's, who
        can read it whatever its mode.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(status.st_mode):
        message = "is a link; put the file itself there, so that nobody else says where it lies."
        raise StudyFault([f"{path}: {message}"])
    if not stat.S_ISREG(status.st_mode):
        raise StudyFault([f"{path}: is no file; move it away."])
    if status.st_uid != os.geteuid():
        message = (
            "belongs to another user; a copy of your own, which you alone can read, is expected."
        )
        raise StudyFault([f"{path}: {message}"])
    if stat.S_IMODE(status.st_mode) & ~OWNER_ONLY == 0:
        return False
    path.chmod(OWNER_ONLY)
    return True


@contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """Give a new file, its owner's alone from the first byte, that then takes the place of one."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
