"""The files of a folder at any depth, those behind links to folders too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def entries_below(
    folder: str, odd: list[os.DirEntry[str]] | None = None
) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder, in the order of their paths' parts; absent ones none.

    ``odd`` is given what is neither file nor folder: links that lead nowhere, pipes, devices.

    Links are followed, to folders too, for a part of an export may lie on another disk. A folder
    that several links lead to is entered once, by the path that is first in order, and one that
    holds ``folder`` itself never, so that links in a circle come to an end.

    Raises
    ------
    OSError
        A folder may not be opened.
    """
    entered: set[tuple[int, int]] = set()
    odd = [] if odd is None else odd
    within = [_entries(folder)]  # folders one in another: more than Python's calls may be
    while within:
        entry = next(within[-1], None)
        if entry is None:
            within.pop()
            continue
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:  # a link to itself
            odd.append(entry)
            continue
        if is_folder:
            if not entered:  # only now: most folders of images hold files alone
                above = Path(folder).resolve()
                entered = {_identity(path) for path in (above, *above.parents)}
            status = entry.stat()
            identity = (status.st_dev, status.st_ino)
            if identity not in entered:
                entered.add(identity)
                within.append(_entries(entry.path))
        elif is_file:
            yield entry
        else:
            odd.append(entry)


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as result:
        return iter(sorted(result, key=lambda entry: entry.name))


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
