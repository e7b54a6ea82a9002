"""The files that the job of this process was given: it may read no other of the study.

It is a module of its own, with few imports. Readers use it, and what they import is part of their
jobs' code.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Given:
    """The files that a job was given, and those of them that it has opened.

    ``contents`` are digests by path, a file's or a folder's. ``watched`` are the folders of which
    it may open nothing else. ``exempt`` are those among them that hold no data of the study.
    """

    contents: Mapping[str, str]
    watched: tuple[str, ...]
    exempt: tuple[str, ...]
    opened: set[str] = field(default_factory=set)

    def holder(self, path: str) -> str | None:
        """Return the path that was given and is, or holds, this one."""
        while path:
            if path in self.contents:
                return path
            above = os.path.dirname(path)  # noqa: PTH120 - called for every file
            if above == path:
                return None
            path = above
        return None

    def is_foreign(self, path: str) -> bool:
        """Whether a file is of the study, or lies by its files, and was not given."""
        for folder in self.watched:
            if path.startswith(folder):
                folders = Path(path[len(folder) :]).parts[:-1]
                hidden = any(name.startswith(".") for name in folders)
                exempt = tuple(one for one in self.exempt if one.startswith(folder))
                return not (hidden or path.startswith(exempt))
        return False


GIVEN: list[Given] = []
"""What the job of this process was given: nothing outside of jobs."""


def is_given(path: Path) -> bool:
    """Whether a job may read a file; outside of jobs any."""
    return not GIVEN or GIVEN[-1].holder(os.path.abspath(path)) is not None  # noqa: PTH100
