"""Files that operating systems and office programs leave in folders that they open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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
